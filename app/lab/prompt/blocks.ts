/** A prompt block by block: which came from the prefix cache, and where and why the rest did not. */
import type { CacheSnapshot } from "../../../protocol/index.ts";
import type { BuiltPrompt } from "./sections.ts";

/** A prompt as the model read it. */
export interface TokenizedPrompt {
  readonly tokenIds: readonly number[];
  /** Text of each token. */
  readonly pieces: readonly string[];
  /** Name of the section that each token begins in; null: the chat template's own text. */
  readonly owners: readonly (string | null)[];
}

export interface PromptBlock {
  readonly index: number;
  /** `tail`: holds the last token, which is computed always, so this block never comes from the cache. */
  readonly state: "hit" | "miss" | "tail";
  readonly numTokens: number;
  readonly text: string;
  readonly sections: readonly string[];
}

/** Why the hits end where they end. `block` is the first one that was computed, counted from 0. */
export type CacheBreak =
  | { readonly type: "complete"; readonly block: number }
  | { readonly type: "off"; readonly block: number }
  | { readonly type: "first"; readonly block: number }
  | { readonly type: "dropped"; readonly block: number }
  | {
      readonly type: "differs";
      readonly block: number;
      /** Index of the first token that is another one than in the most similar earlier prompt. */
      readonly token: number;
      readonly section: string | null;
      /** What stands there, and what stood there; empty: the prompt ends there. */
      readonly text: string;
      readonly earlierText: string;
    };

export function tokenizedPrompt(
  { parts }: Pick<BuiltPrompt, "parts">,
  encoded: { readonly tokenIds: readonly number[]; readonly pieces: readonly string[] },
): TokenizedPrompt {
  return { ...encoded, owners: owners(parts, encoded.pieces) };
}

/** Sections stand in the prompt's text in their order, each as a whole. */
function owners(parts: BuiltPrompt["parts"], pieces: readonly string[]): readonly (string | null)[] {
  const text = pieces.join("");
  let end = 0;
  const ranges = parts.map((part) => {
    const start = text.indexOf(part.text, end);
    if (start === -1) return { name: part.name, start: -1, end: -1 };
    end = start + part.text.length;
    return { name: part.name, start, end };
  });
  let at = 0;
  return pieces.map((piece) => {
    const start = at;
    at += piece.length;
    return ranges.find((range) => range.start <= start && start < range.end)?.name ?? null;
  });
}

export function promptBlocks(
  { pieces, owners: names }: TokenizedPrompt,
  numCachedTokens: number,
  blockSize: number,
): readonly PromptBlock[] {
  const numBlocks = Math.ceil(pieces.length / blockSize);
  return Array.from({ length: numBlocks }, (_, index): PromptBlock => {
    const start = index * blockSize;
    const end = Math.min(pieces.length, start + blockSize);
    const state = end <= numCachedTokens ? "hit" : index === numBlocks - 1 ? "tail" : "miss";
    const sections = new Set(names.slice(start, end).filter((name) => name !== null));
    return {
      ...{ index, state, numTokens: end - start },
      text: pieces.slice(start, end).join(""),
      sections: [...sections],
    };
  });
}

/** Tokens of a prompt that its request would find in the cache as the snapshot shows it. */
export function cachedPrefix({ nodes, blockSize }: CacheSnapshot, tokenIds: readonly number[]): number {
  // The last token is computed always: it has the logits.
  const most = Math.floor((tokenIds.length - 1) / blockSize) * blockSize;
  let parentId: number | null = null;
  let matched = 0;
  for (;;) {
    let best = 0;
    let next: number | null = null;
    for (const node of nodes) {
      if (node.parentId !== parentId) continue;
      const common = commonLength(node.tokenIds, tokenIds.slice(matched, most));
      const whole = Math.floor(common / blockSize) * blockSize;
      if (whole <= best) continue;
      best = whole;
      next = whole === node.tokenIds.length ? node.id : null;
    }
    matched += best;
    if (next === null) return matched;
    parentId = next;
  }
}

interface BreakInput {
  readonly prompt: TokenizedPrompt;
  readonly numCachedTokens: number;
  readonly blockSize: number;
  readonly prefixCache: boolean;
  /** Prompts sent before, the latest last. */
  readonly earlier: readonly TokenizedPrompt[];
}

export function explainBreak({
  prompt,
  numCachedTokens,
  blockSize,
  prefixCache,
  earlier,
}: BreakInput): CacheBreak {
  const { tokenIds } = prompt;
  const block = Math.floor(numCachedTokens / blockSize);
  if (!prefixCache) return { type: "off", block };
  if (block >= Math.floor((tokenIds.length - 1) / blockSize)) return { type: "complete", block };
  const [nearest, token] = mostSimilar(tokenIds, earlier);
  if (nearest === null || (token === 0 && block > 0)) return { type: "first", block };
  if (Math.floor(token / blockSize) > block) return { type: "dropped", block };
  // Someone else's prompt shared more than any of ours: what differs from it is not known here.
  if (Math.floor(token / blockSize) < block) return { type: "first", block };
  const end = (block + 1) * blockSize;
  return {
    type: "differs",
    block,
    token,
    section: prompt.owners[token] ?? null,
    text: prompt.pieces.slice(token, end).join(""),
    earlierText: nearest.pieces.slice(token, end).join(""),
  };
}

/** The prompt with the longest common beginning (the latest of equals), and that length. */
function mostSimilar(
  tokenIds: readonly number[],
  prompts: readonly TokenizedPrompt[],
): readonly [TokenizedPrompt | null, number] {
  let nearest: TokenizedPrompt | null = null;
  let most = -1;
  for (const prompt of prompts) {
    const common = commonLength(prompt.tokenIds, tokenIds);
    if (common >= most) [nearest, most] = [prompt, common];
  }
  return [nearest, most];
}

function commonLength(a: readonly number[], b: readonly number[]): number {
  let common = 0;
  while (common < Math.min(a.length, b.length) && a[common] === b[common]) common += 1;
  return common;
}

export function breakText(cacheBreak: CacheBreak): string {
  const block = `block ${cacheBreak.block + 1}`;
  switch (cacheBreak.type) {
    case "complete":
      return "Nothing broke it: every block before the last token came from the cache.";
    case "off":
      return "The prefix cache is off.";
    case "first":
      return `Computed from ${block} on: no earlier prompt of this view begins like it.`;
    case "dropped":
      return `Computed from ${block} on, although an earlier prompt goes on the same: its blocks were evicted, had expired, or the cache was emptied.`;
    case "differs": {
      const where = cacheBreak.section ?? "The prompt";
      const now = cacheBreak.text === "" ? "the end" : JSON.stringify(cacheBreak.text);
      const before = cacheBreak.earlierText === "" ? "ended there" : JSON.stringify(cacheBreak.earlierText);
      return `Broke at ${block}: ${where} differs at token ${cacheBreak.token}: ${now}, before ${before}.`;
    }
  }
}
