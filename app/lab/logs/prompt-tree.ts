/**
 * The prompts of a log as a radix tree over their characters, one for each model: what two
 * requests have in common in front is one path.
 */
export interface TreeNode {
  /** The node stands for `text.slice(start, end)`; `end` is its depth in characters. */
  readonly text: string;
  start: number;
  readonly end: number;
  readonly children: Map<number, TreeNode>;
  numRequests: number;
  /** Index of the last request that went through, and its time. */
  lastIndex: number;
  lastAtMs: number | null;
}

/** A prefix that the request shares with earlier ones. */
export interface SharedPrefix {
  readonly characters: number;
  /** Time of the last earlier request that had it; null where the log tells no times. */
  readonly lastAtMs: number | null;
  readonly lastIndex: number;
}

export class PromptTree {
  readonly roots = new Map<string, TreeNode>();

  /**
   * Adds a prompt and returns the prefixes that it shares with earlier ones of its model, from
   * short to long; the longest is the whole of what it shares.
   */
  insert(model: string, text: string, index: number, atMs: number | null): readonly SharedPrefix[] {
    let node = this.#root(model);
    const shared: SharedPrefix[] = [];
    visit(node, index, atMs);
    while (node.end < text.length) {
      const depth = node.end;
      const child = node.children.get(text.charCodeAt(depth));
      if (child === undefined) {
        node.children.set(text.charCodeAt(depth), leaf(text, depth, text.length, index, atMs));
        break;
      }
      const end = matchEnd(child, text);
      const next = end === child.end ? child : split(node, child, end);
      shared.push({ characters: next.end, lastAtMs: next.lastAtMs, lastIndex: next.lastIndex });
      visit(next, index, atMs);
      node = next;
    }
    return shared;
  }

  /** Nodes on the way of a prompt that was inserted, from the first below the root. */
  path(model: string, text: string): readonly TreeNode[] {
    const nodes: TreeNode[] = [];
    let node = this.roots.get(model);
    while (node !== undefined && node.end < text.length) {
      node = node.children.get(text.charCodeAt(node.end));
      if (node !== undefined) nodes.push(node);
    }
    return nodes;
  }

  #root(model: string): TreeNode {
    const known = this.roots.get(model);
    if (known !== undefined) return known;
    const root: TreeNode = { ...leaf("", 0, 0, -1, null), numRequests: 0 };
    this.roots.set(model, root);
    return root;
  }
}

function leaf(text: string, start: number, end: number, index: number, atMs: number | null): TreeNode {
  return { text, start, end, children: new Map(), numRequests: 1, lastIndex: index, lastAtMs: atMs };
}

function visit(node: TreeNode, index: number, atMs: number | null): void {
  node.numRequests += 1;
  node.lastIndex = index;
  node.lastAtMs = atMs;
}

/** Depth to which the child's characters are the text's. */
function matchEnd(child: TreeNode, text: string): number {
  const most = Math.min(child.end, text.length);
  let depth = child.start + 1;
  while (depth < most && child.text.charCodeAt(depth) === text.charCodeAt(depth)) depth += 1;
  return depth;
}

/** Parts the child at a depth: its upper part takes its place. */
function split(parent: TreeNode, child: TreeNode, depth: number): TreeNode {
  const upper: TreeNode = {
    ...leaf(child.text, child.start, depth, child.lastIndex, child.lastAtMs),
    numRequests: child.numRequests,
  };
  parent.children.set(child.text.charCodeAt(child.start), upper);
  child.start = depth;
  upper.children.set(child.text.charCodeAt(depth), child);
  return upper;
}
