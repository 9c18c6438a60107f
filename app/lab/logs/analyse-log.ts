/** What a log of requests has in common, and what keeps it from having more. No model runs for it. */
import { groupBreaks, type BreakGroup, type FoundBreak } from "./break-groups.ts";
import type { LogRequest } from "./parse-log.ts";
import { joinParts, prefixBreak } from "./prefix-breaks.ts";
import { PromptTree, type SharedPrefix, type TreeNode } from "./prompt-tree.ts";
import type { TokenMeter } from "./token-meter.ts";
import { treeRows, type TreeRow } from "./tree-rows.ts";

/** A prefix of a request that an earlier one had. */
export interface SharedTokens {
  readonly tokens: number;
  /** Milliseconds since the last earlier request that had it; null where the log tells no times. */
  readonly ageMs: number | null;
}

export interface AnalysedRequest {
  readonly line: number;
  readonly tokens: number;
  /** From short to long. */
  readonly shared: readonly SharedTokens[];
  /** Tokens in front that a later request has too: worth storing. */
  readonly reusedTokens: number;
}

export interface LogAnalysis {
  readonly numModels: number;
  readonly totalTokens: number;
  /** Share of the characters whose tokens were counted exactly; the rest by their ratio. */
  readonly exactShare: number;
  readonly charactersPerToken: number;
  /** Whether every line tells its time: then a time to live can be applied. */
  readonly hasTimes: boolean;
  readonly firstMs: number | null;
  readonly lastMs: number | null;
  /** In the order of their times, or of the file. */
  readonly requests: readonly AnalysedRequest[];
  readonly breaks: readonly BreakGroup[];
  readonly tree: readonly TreeRow[];
}

interface Entry {
  readonly request: LogRequest;
  readonly text: string;
}

export function analyseLog(
  requests: readonly LogRequest[],
  meter: TokenMeter,
  onProgress: (done: number) => void = () => undefined,
): LogAnalysis {
  const hasTimes = requests.length > 0 && requests.every(({ atMs }) => atMs !== null);
  const ordered = hasTimes ? requests.toSorted((a, b) => (a.atMs ?? 0) - (b.atMs ?? 0)) : requests;
  const entries: readonly Entry[] = ordered.map((request) => ({ request, text: joinParts(request.parts) }));
  const tree = new PromptTree();
  const shared: (readonly SharedPrefix[])[] = [];
  const found: FoundBreak[] = [];
  for (const [index, { request, text }] of entries.entries()) {
    const prefixes = tree.insert(request.model, text, index, hasTimes ? request.atMs : null);
    shared.push(prefixes);
    const broken = breakOf(entries, index, prefixes.at(-1));
    if (broken !== null) found.push(broken);
    if (index % 500 === 499) onProgress(index + 1);
  }
  const tokensAt = nodeTokens(tree, meter);
  const analysed = entries.map((entry, index) => analyse(entry, index, shared[index] ?? [], tree, tokensAt));
  return {
    numModels: tree.roots.size,
    totalTokens: analysed.reduce((sum, { tokens }) => sum + tokens, 0),
    exactShare: meter.exactShare,
    charactersPerToken: meter.charactersPerToken,
    hasTimes,
    firstMs: hasTimes ? (ordered[0]?.atMs ?? null) : null,
    lastMs: hasTimes ? (ordered.at(-1)?.atMs ?? null) : null,
    requests: analysed,
    breaks: groupBreaks(found, meter),
    tree: treeRows(tree, tokensAt),
  };
}

/** Compares with the last earlier request of the longest shared prefix; the first of a model has none. */
function breakOf(
  entries: readonly Entry[],
  index: number,
  longest: SharedPrefix | undefined,
): FoundBreak | null {
  const entry = entries[index];
  const other = longest === undefined ? undefined : entries[longest.lastIndex];
  if (entry === undefined || other === undefined || longest === undefined) return null;
  if (longest.characters >= entry.text.length) return null;
  const broken = prefixBreak(entry.text, other.text, longest.characters, entry.request.parts);
  return broken === null ? null : { ...broken, line: entry.request.line, otherLine: other.request.line };
}

/** Tokens from the front to the end of each node. A branch within a word can cost a token. */
export type NodeTokens = ReadonlyMap<TreeNode, number>;

function nodeTokens(tree: PromptTree, meter: TokenMeter): NodeTokens {
  const placed: { node: TreeNode; parent: TreeNode | null }[] = [...tree.roots.values()].map((node) => ({
    node,
    parent: null,
  }));
  // Grows while it is walked: parents stand before their children.
  for (const { node } of placed) {
    for (const child of node.children.values()) placed.push({ node: child, parent: node });
  }
  // What requests share is counted first, while the meter's budget for exact counts lasts.
  const own = new Map<TreeNode, number>();
  for (const { node } of placed.toSorted(
    (a, b) => Number(b.node.numRequests > 1) - Number(a.node.numRequests > 1),
  )) {
    own.set(node, node.end > node.start ? meter.count(node.text.slice(node.start, node.end)) : 0);
  }
  const tokens = new Map<TreeNode, number>();
  for (const { node, parent } of placed) {
    tokens.set(node, (parent === null ? 0 : (tokens.get(parent) ?? 0)) + (own.get(node) ?? 0));
  }
  return tokens;
}

function analyse(
  { request, text }: Entry,
  index: number,
  shared: readonly SharedPrefix[],
  tree: PromptTree,
  tokensAt: NodeTokens,
): AnalysedRequest {
  const path = tree.path(request.model, text);
  const depths = new Map(path.map((node) => [node.end, tokensAt.get(node) ?? 0]));
  const reused = path.filter(({ lastIndex }) => lastIndex > index).at(-1);
  return {
    line: request.line,
    tokens: tokensAt.get(path.at(-1) ?? emptyNode) ?? 0,
    shared: shared.map(({ characters, lastAtMs }) => ({
      tokens: depths.get(characters) ?? 0,
      ageMs: lastAtMs === null || request.atMs === null ? null : request.atMs - lastAtMs,
    })),
    reusedTokens: reused === undefined ? 0 : (tokensAt.get(reused) ?? 0),
  };
}

const emptyNode: TreeNode = {
  text: "",
  start: 0,
  end: 0,
  children: new Map(),
  numRequests: 0,
  lastIndex: -1,
  lastAtMs: null,
};
