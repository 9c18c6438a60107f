/** Where the nodes of the radix tree stand: x in tokens from the prompt's start, y in rows of leaves. */
import type { CacheNode } from "../../protocol/index.ts";

export interface PlacedNode {
  readonly node: CacheNode;
  /** Tokens before and after the node's own. */
  readonly start: number;
  readonly end: number;
  /** First row, and how many: one for each leaf below. */
  readonly row: number;
  readonly numRows: number;
}

export interface RadixLayout {
  /** Parents before children, top to bottom. */
  readonly placed: readonly PlacedNode[];
  readonly numTokens: number;
  readonly numRows: number;
  /** Nodes left out, those used longest ago. */
  readonly numOmitted: number;
}

/** At most `limit` nodes; a node is never shown without those above it. */
export function radixLayout(nodes: readonly CacheNode[], limit: number): RadixLayout {
  const kept = latest(nodes, limit);
  const children = new Map<number | null, CacheNode[]>();
  for (const node of kept) {
    const siblings = children.get(node.parentId);
    if (siblings === undefined) children.set(node.parentId, [node]);
    else siblings.push(node);
  }
  const placed = place(children);
  return {
    placed,
    numTokens: placed.reduce((most, { end }) => Math.max(most, end), 0),
    numRows: placed.reduce((most, { row, numRows }) => Math.max(most, row + numRows), 0),
    numOmitted: nodes.length - placed.length,
  };
}

/** Without recursion: a tree may be as deep as a prompt is long. */
function place(children: ReadonlyMap<number | null, readonly CacheNode[]>): readonly PlacedNode[] {
  const below = (id: number | null) => children.get(id) ?? [];
  const order: { node: CacheNode; start: number }[] = [];
  const open = below(null)
    .toReversed()
    .map((node) => ({ node, start: 0 }));
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    order.push(next);
    const start = next.start + next.node.tokenIds.length;
    open.push(
      ...below(next.node.id)
        .toReversed()
        .map((node) => ({ node, start })),
    );
  }
  const numLeaves = new Map<number, number>();
  for (const { node } of order.toReversed()) {
    const sum = below(node.id).reduce((count, { id }) => count + (numLeaves.get(id) ?? 0), 0);
    numLeaves.set(node.id, Math.max(1, sum));
  }
  const nextRow = new Map<number | null, number>([[null, 0]]);
  return order.map(({ node, start }) => {
    const row = nextRow.get(node.parentId) ?? 0;
    const numRows = numLeaves.get(node.id) ?? 1;
    nextRow.set(node.parentId, row + numRows);
    nextRow.set(node.id, row);
    return { node, start, end: start + node.tokenIds.length, row, numRows };
  });
}

/** The cache touches a whole path at a time, so a node is never used after the one above it. */
function latest(nodes: readonly CacheNode[], limit: number): readonly CacheNode[] {
  if (nodes.length <= limit) return nodes;
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const kept = new Set<CacheNode>();
  for (const node of nodes.toSorted((a, b) => b.lastUsedMs - a.lastUsedMs)) {
    const path: CacheNode[] = [];
    for (
      let each: CacheNode | undefined = node;
      each !== undefined && !kept.has(each);
      each = each.parentId === null ? undefined : byId.get(each.parentId)
    ) {
      path.push(each);
    }
    if (kept.size + path.length <= limit) for (const each of path) kept.add(each);
  }
  return nodes.filter((node) => kept.has(node));
}

export const ageClasses = ["10 s", "1 min", "5 min", "30 min", "longer"] as const;
const agesMs = [10_000, 60_000, 300_000, 1_800_000] as const;

/** Index into `ageClasses`: used less than that ago. */
export function ageClass(lastUsedMs: number, nowMs: number): number {
  const index = agesMs.findIndex((limit) => nowMs - lastUsedMs < limit);
  return index === -1 ? agesMs.length : index;
}
