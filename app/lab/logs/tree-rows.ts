/** The much-used part of the prompt tree as rows: what a page can show. */
import { readable } from "./prefix-breaks.ts";
import type { PromptTree, TreeNode } from "./prompt-tree.ts";

export interface TreeRow {
  readonly model: string;
  /** Depth in the tree, 0 for what stands at the front. */
  readonly level: number;
  /** Tokens before this piece, and of it. */
  readonly startTokens: number;
  readonly tokens: number;
  readonly numRequests: number;
  /** The piece's text, at most 160 characters of it. */
  readonly excerpt: string;
  /** Continuations that are not shown, mostly of single requests. */
  readonly numHidden: number;
}

const mostRows = 120;
/** Branches within a word are no news: so short a piece is shown with the one after it. */
const leastTokens = 4;

/** Pieces that at least two requests and one in a hundred share, in the order of the tree. */
export function treeRows(tree: PromptTree, tokensAt: ReadonlyMap<TreeNode, number>): readonly TreeRow[] {
  const rows: TreeRow[] = [];
  for (const [model, root] of tree.roots) {
    const least = Math.max(2, root.numRequests / 100);
    /** `from`: where the last piece that is shown ended. */
    const add = (node: TreeNode, level: number, from: { tokens: number; end: number }): void => {
      if (rows.length >= mostRows) return;
      const shown = [...node.children.values()]
        .filter(({ numRequests }) => numRequests >= least)
        .sort((a, b) => b.numRequests - a.numRequests);
      const at = tokensAt.get(node) ?? 0;
      if (at - from.tokens < leastTokens) {
        for (const child of shown) add(child, level, from);
        return;
      }
      rows.push({
        model,
        level,
        startTokens: from.tokens,
        tokens: at - from.tokens,
        numRequests: node.numRequests,
        excerpt: readable(node.text.slice(from.end, Math.min(node.end, from.end + 160))),
        numHidden: node.children.size - shown.length,
      });
      for (const child of shown) add(child, level + 1, { tokens: at, end: node.end });
    };
    add(root, 0, { tokens: 0, end: 0 });
  }
  return rows;
}
