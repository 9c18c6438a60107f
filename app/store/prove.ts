/**
 * "Prove it": the same request once more, each sample alone, its prompt in one piece and without
 * the prefix cache; the token ids must be the same.
 */
import {
  InferscopeError,
  serializeError,
  type AbortSignalLike,
  type GeneratedToken,
  type GenerateRequest,
  type GenerationResult,
  type Inferscope,
  type RequestMetrics,
  type SerializedError,
} from "../../protocol/index.ts";

export interface Proof {
  readonly state: "running" | "same" | "different" | "failed";
  readonly served: ProofRun;
  /** The run without the cache, alone and unchunked; null before its end. */
  readonly alone: ProofRun | null;
  readonly numTokens: number;
  readonly firstDifference: TokenDifference | null;
  readonly error: SerializedError | null;
}

interface ProofRun {
  readonly numCached: number | null;
  readonly ttftMs: number | null;
}

export interface TokenDifference {
  readonly choice: number;
  /** Index among the choice's output tokens. */
  readonly index: number;
  /** Null: the answer had ended there. */
  readonly served: number | null;
  readonly alone: number | null;
  /** Texts of the two, as JSON strings; "the end" for null. */
  readonly texts: readonly [served: string, alone: string];
}

interface ProvenTurn {
  readonly request: GenerateRequest;
  readonly outputs: readonly (readonly GeneratedToken[])[];
  readonly numCachedTokens: number | null;
  readonly metrics: RequestMetrics | null;
}

type Engine = Pick<Inferscope, "generate" | "configure" | "decode">;

/** Never rejects: what goes wrong is the proof's `error`. The policy is as before at the end. */
export async function prove(
  engine: Engine,
  turn: ProvenTurn,
  show: (proof: Proof) => void,
  signal: AbortSignalLike,
): Promise<void> {
  const started: Proof = {
    state: "running",
    served: { numCached: turn.numCachedTokens, ttftMs: turn.metrics?.ttftMs ?? null },
    alone: null,
    numTokens: turn.outputs.flat().length,
    firstDifference: null,
    error: null,
  };
  show(started);
  try {
    const results = await runAlone(engine, turn, signal);
    const served = turn.outputs.map((tokens) => tokens.map(({ tokenId }) => tokenId));
    const found = differenceAt(
      served,
      results.map(({ tokenIds }) => tokenIds),
    );
    const metrics = results[0]?.metrics;
    show({
      ...started,
      state: found === null ? "same" : "different",
      alone: { numCached: metrics?.numCachedTokens ?? null, ttftMs: metrics?.ttftMs ?? null },
      firstDifference: found === null ? null : { ...found, texts: await textsOf(engine, found) },
    });
  } catch (error) {
    show({ ...started, state: "failed", error: serializeError(error) });
  }
}

/** One request for each sample, one after the other. */
async function runAlone(
  engine: Engine,
  { request, outputs }: ProvenTurn,
  signal: AbortSignalLike,
): Promise<readonly GenerationResult[]> {
  const { batching, chunkedPrefill } = await engine.configure({});
  try {
    await engine.configure({ batching: "none", chunkedPrefill: false });
    const results: GenerationResult[] = [];
    for (const choice of outputs.keys()) {
      if (signal.aborted) break;
      const seed = (request.sampling?.seed ?? 0) + choice;
      const sampling = { ...request.sampling, n: 1, seed };
      const generation = engine.generate({ ...request, sampling, usePrefixCache: false });
      signal.addEventListener("abort", () => generation.abort());
      results.push(await generation.result);
    }
    if (signal.aborted) throw new InferscopeError("aborted", "The proof was stopped.");
    return results;
  } finally {
    await engine.configure({ batching, chunkedPrefill });
  }
}

/** The first token that differs, of the first choice that has one; null: all are the same. */
export function differenceAt(
  served: readonly (readonly (number | null)[])[],
  alone: readonly (readonly (number | null)[])[],
): Omit<TokenDifference, "texts"> | null {
  for (let choice = 0; choice < Math.max(served.length, alone.length); choice += 1) {
    const left = served[choice] ?? [];
    const right = alone[choice] ?? [];
    for (let index = 0; index < Math.max(left.length, right.length); index += 1) {
      if (left[index] === right[index]) continue;
      return { choice, index, served: left[index] ?? null, alone: right[index] ?? null };
    }
  }
  return null;
}

async function textsOf(
  engine: Engine,
  { served, alone }: Omit<TokenDifference, "texts">,
): Promise<[string, string]> {
  const text = async (id: number | null): Promise<string> =>
    id === null ? "the end" : JSON.stringify(await engine.decode([id]));
  return [await text(served), await text(alone)];
}
