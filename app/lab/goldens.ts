/** A model's goldens, answered by the engine as it serves: are its tokens PyTorch's, and how far off its logits? */
import {
  InferscopeError,
  type AbortSignalLike,
  type GenerationResult,
  type Inferscope,
} from "../../protocol/index.ts";

export interface Goldens {
  readonly model: string;
  readonly cases: readonly GoldenCase[];
}

interface GoldenCase {
  readonly promptIds: readonly number[];
  readonly outputIds: readonly number[];
  /** The five largest logits before each output token. */
  readonly top: readonly { readonly ids: readonly number[]; readonly logits: readonly number[] }[];
}

export interface GoldensResult {
  readonly numCases: number;
  readonly numTokens: number;
  /** Prompts whose tokens are not all the golden's. */
  readonly numWrong: number;
  /** "prompt 3, token 7: 12 instead of 40" */
  readonly firstWrong: string | null;
  /**
   * Largest difference of a top-5 logit, each taken relative to its step's first; null where the
   * engine tells none. Tokens after a wrong one are not compared.
   */
  readonly worstLogit: number | null;
  readonly aborted: boolean;
}

/** Prompts in flight at once: they are batched, as in a real load. */
const concurrency = 8;
const mostLogprobs = 20;

/** Rejects with what is wrong with the goldens, or with the first request that failed. */
export async function runGoldens(
  { generate }: Pick<Inferscope, "generate">,
  goldens: Goldens,
  onDone: (done: number, total: number) => void,
  signal: AbortSignalLike,
): Promise<GoldensResult> {
  const { cases } = goldens;
  const checks: CaseCheck[] = [];
  let next = 0;
  const work = async (): Promise<void> => {
    for (let index = next++; index < cases.length && !signal.aborted; index = next++) {
      const golden = cases[index];
      if (golden === undefined) return;
      const generation = generate({
        promptTokenIds: golden.promptIds,
        sampling: {
          temperature: 0,
          maxTokens: golden.outputIds.length,
          ignoreEos: true,
          logprobs: mostLogprobs,
        },
        usePrefixCache: false,
      });
      signal.addEventListener("abort", () => generation.abort());
      const result = await generation.result;
      if (result.finishReason === "abort") return;
      checks.push(checkCase(index, golden, result));
      onDone(checks.length, cases.length);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, work));
  const wrong = checks.flatMap(({ wrong: text }) => (text === null ? [] : [text]));
  const logits = checks.flatMap(({ worstLogit }) => (worstLogit === null ? [] : [worstLogit]));
  return {
    numCases: checks.length,
    numTokens: checks.reduce((sum, { numTokens }) => sum + numTokens, 0),
    numWrong: wrong.length,
    firstWrong: wrong[0] ?? null,
    worstLogit: logits.length === 0 ? null : Math.max(...logits),
    aborted: signal.aborted,
  };
}

interface CaseCheck {
  readonly numTokens: number;
  readonly wrong: string | null;
  readonly worstLogit: number | null;
}

function checkCase(index: number, { outputIds, top }: GoldenCase, result: GenerationResult): CaseCheck {
  let worstLogit: number | null = null;
  for (const [step, golden] of outputIds.entries()) {
    worstLogit = largest(worstLogit, logitDifference(top[step], result.logprobs?.[step]));
    const got = result.tokenIds[step];
    if (got === golden) continue;
    const wrong = `prompt ${index + 1}, token ${step + 1}: ${got ?? "none"} instead of ${golden}`;
    return { numTokens: step, wrong, worstLogit };
  }
  return { numTokens: outputIds.length, wrong: null, worstLogit };
}

/** Log-probabilities differ from logits by a constant of the step, which the first of each takes away. */
function logitDifference(
  golden: GoldenCase["top"][number] | undefined,
  told: NonNullable<GenerationResult["logprobs"]>[number] | undefined,
): number | null {
  if (golden === undefined || told === undefined) return null;
  const logprobs = new Map(told.map(({ tokenId, logprob }) => [tokenId, logprob]));
  const [firstId = -1] = golden.ids;
  const [firstLogit = Number.NaN] = golden.logits;
  const first = logprobs.get(firstId) ?? Infinity;
  return Math.max(
    ...golden.ids.map((id, rank) =>
      Math.abs((logprobs.get(id) ?? Infinity) - first - ((golden.logits[rank] ?? Number.NaN) - firstLogit)),
    ),
  );
}

const largest = (a: number | null, b: number | null): number | null =>
  a === null ? b : b === null ? a : Math.max(a, b);

/** The bundled goldens of a model; rejects with `unsupported` where it has none. */
export async function fetchGoldens(modelId: string): Promise<Goldens> {
  const response = await fetch(`./models/${encodeURIComponent(modelId)}/goldens.json`);
  if (!response.ok) {
    throw new InferscopeError("unsupported", `${modelId} came without goldens.`, {
      hint: "Load a bundled model in Models: its goldens were made with PyTorch.",
    });
  }
  // It came with the app, whose tests replay it.
  return (await response.json()) as Goldens;
}
