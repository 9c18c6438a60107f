/** PyTorch's greedy continuations (`goldens.json` beside the weights), replayed on a runner, all prompts together. */
import type { SamplerInput, SequenceInput } from "../../engine/model-runner.ts";

export interface Goldens {
  readonly stopIds: readonly number[];
  readonly cases: readonly GoldenCase[];
}

interface GoldenCase {
  readonly promptIds: readonly number[];
  readonly outputIds: readonly number[];
  /** The five largest logits before each output token. */
  readonly top: readonly { readonly ids: readonly number[]; readonly logits: readonly number[] }[];
}

export const goldenModels = ["scope-2m-q0f16", "scope-2m-q4f16_1"] as const;

export const blockSize = 16;

export const greedy: SamplerInput = {
  temperature: 0,
  topK: 0,
  topP: 1,
  seed: 0,
  outputIndex: 0,
  logprobs: 20,
  allowedTokens: null,
};

/** What one step answers to one sequence: the token drawn, and at least its 20 largest logits by id. */
export interface Answer {
  readonly tokenId: number;
  readonly logits: { get(tokenId: number): number | undefined };
}

export interface Replay {
  /** "case 3, token 7: 12 instead of 40" */
  readonly wrongTokens: readonly string[];
  /** Largest difference of a top-5 logit; Infinity where one is not among the 20 largest. */
  readonly worstLogit: number;
  readonly numTokens: number;
}

export const numBlocksOf = ({ cases }: Goldens): number =>
  cases.reduce((sum, each) => sum + numBlocks(each), 0);

const numBlocks = ({ promptIds, outputIds }: GoldenCase) =>
  Math.ceil((promptIds.length + outputIds.length) / blockSize);

/**
 * Steps all cases together; each goes on with the golden's token, so that a wrong one is counted
 * once and every later logit is still compared.
 */
export async function replay(
  { cases }: Goldens,
  step: (batch: readonly SequenceInput[]) => Promise<readonly Answer[]>,
): Promise<Replay> {
  let nextBlock = 0;
  const tables = cases.map((each) => Array.from({ length: numBlocks(each) }, () => nextBlock++));
  const wrongTokens: string[] = [];
  let worstLogit = 0;
  let numTokens = 0;
  for (let i = 0; cases.some(({ outputIds }) => i < outputIds.length); i += 1) {
    const active = cases.flatMap((each, index) => (i < each.outputIds.length ? [{ ...each, index }] : []));
    const answers = await step(
      active.map(({ promptIds, outputIds, index }) => ({
        tokenIds: i === 0 ? promptIds : [outputIds[i - 1]!],
        startPosition: i === 0 ? 0 : promptIds.length + i - 1,
        blockTable: tables[index]!,
        sampler: greedy,
      })),
    );
    for (const [row, { outputIds, top, index }] of active.entries()) {
      const { tokenId, logits } = answers[row]!;
      if (tokenId !== outputIds[i])
        wrongTokens.push(`case ${index}, token ${i}: ${tokenId} instead of ${outputIds[i]}`);
      for (const [rank, id] of top[i]!.ids.entries()) {
        const difference = Math.abs((logits.get(id) ?? Infinity) - top[i]!.logits[rank]!);
        worstLogit = Math.max(worstLogit, difference);
      }
      numTokens += 1;
    }
  }
  return { wrongTokens, worstLogit, numTokens };
}
