/**
 * What must hold between any two steps, as a table. Tests check it after every operation,
 * the engine whenever it goes idle.
 */
import { InferscopeError } from "../../protocol/index.ts";
import type { KvCache } from "./kv-cache.ts";
import type { SequenceState } from "./sequence.ts";

/** Everything the table looks at, as plain data (so that a test can falsify each row). */
export interface IntegrityView {
  readonly blockSize: number;
  readonly counts: { used: number; cached: number; free: number; total: number };
  readonly blocks: { refCount: number; inCache: boolean }[];
  readonly freeList: number[];
  readonly nodes: NodeView[];
  readonly spaces: string[];
  readonly running: SequenceView[];
  readonly waiting: SequenceView[];
  readonly requestIds: string[];
}

interface NodeView {
  id: number;
  parentId: number | null;
  tokenIds: number[];
  blockIds: number[];
  lockCount: number;
}

interface SequenceView {
  label: string;
  requestId: string;
  state: SequenceState;
  tokenIds: readonly number[];
  numComputedTokens: number;
  blockTable: number[];
  hold: { nodeId: number; numBlocks: number } | null;
}

type Finding = string | null;

/** Name of each invariant and what breaks it, in words. */
export const invariants: Readonly<Record<string, (view: IntegrityView) => Finding>> = {
  "free + cached + used === total": ({ counts, blocks, freeList }) => {
    const used = blocks.filter((block) => block.refCount > 0).length;
    const cached = blocks.filter((block) => block.refCount === 0 && block.inCache).length;
    const right = counts.used === used && counts.cached === cached && counts.free === freeList.length;
    const sum = counts.used + counts.cached + counts.free;
    return right && sum === counts.total && counts.total === blocks.length
      ? null
      : `counted ${used} used, ${cached} cached, ${freeList.length} free; said ${JSON.stringify(counts)}`;
  },

  "a block is on the free list once, and only while nobody owns it": ({ blocks, freeList }) => {
    const free = new Set(freeList);
    if (free.size !== freeList.length) return "a block is on the free list twice";
    const wrong = blocks.findIndex((block, id) => free.has(id) !== (block.refCount === 0 && !block.inCache));
    return wrong < 0 ? null : `block ${wrong}: ${JSON.stringify(blocks[wrong])}, free: ${free.has(wrong)}`;
  },

  "refCount equals the block tables that hold the block": ({ blocks, running, waiting }) => {
    const owners = countOf([...running, ...waiting].flatMap((sequence) => sequence.blockTable));
    const wrong = blocks.findIndex((block, id) => block.refCount !== (owners.get(id) ?? 0));
    return wrong < 0
      ? null
      : `block ${wrong} has refCount ${blocks[wrong]?.refCount ?? 0} and ${owners.get(wrong) ?? 0} owners`;
  },

  "a cached block belongs to exactly one node": ({ blocks, nodes }) => {
    const owners = countOf(nodes.flatMap((node) => node.blockIds));
    const wrong = blocks.findIndex((block, id) => (owners.get(id) ?? 0) !== (block.inCache ? 1 : 0));
    return wrong < 0 ? null : `block ${wrong} is in ${owners.get(wrong) ?? 0} nodes`;
  },

  "lockCount equals the sequences that hold the node or one below": ({ nodes, running }) => {
    const locks = new Map<number, number>();
    const parents = new Map(nodes.map((node) => [node.id, node.parentId]));
    for (const { hold } of running) {
      let id: number | null | undefined = hold?.nodeId;
      for (; id != null; id = parents.get(id)) locks.set(id, (locks.get(id) ?? 0) + 1);
    }
    const wrong = nodes.find((node) => node.lockCount !== (locks.get(node.id) ?? 0));
    return wrong === undefined
      ? null
      : `node ${wrong.id} has lockCount ${wrong.lockCount} and ${locks.get(wrong.id) ?? 0} holders`;
  },

  "lockCount equals the refCount of the node's blocks": ({ nodes, blocks }) => {
    const wrong = nodes.find((node) => node.blockIds.some((id) => blocks[id]?.refCount !== node.lockCount));
    return wrong === undefined ? null : `node ${wrong.id} (lockCount ${wrong.lockCount})`;
  },

  "a node has blocks, and blockSize tokens for each": ({ nodes, blockSize }) => {
    const wrong = nodes.find(
      (node) => node.blockIds.length === 0 || node.tokenIds.length !== node.blockIds.length * blockSize,
    );
    return wrong === undefined
      ? null
      : `node ${wrong.id}: ${wrong.tokenIds.length} tokens, ${wrong.blockIds.length} blocks`;
  },

  "siblings differ in their first block": ({ nodes, blockSize, spaces }) => {
    const seen = new Set<string>();
    for (const { parentId, tokenIds } of nodes) {
      // Top-level nodes of different spaces may be equal.
      if (parentId === null && spaces.length > 1) continue;
      const key = `${parentId} ${tokenIds.slice(0, blockSize).join(" ")}`;
      if (seen.has(key)) return `parent and first block: ${key}`;
      seen.add(key);
    }
    return null;
  },

  "a running sequence has the blocks of its computed tokens": ({ running, blockSize }) => {
    const wrong = running.find(
      ({ blockTable, numComputedTokens, tokenIds }) =>
        blockTable.length !== Math.ceil(numComputedTokens / blockSize) ||
        numComputedTokens >= tokenIds.length,
    );
    return wrong === undefined
      ? null
      : `${wrong.label}: ${wrong.numComputedTokens} tokens computed, ${wrong.blockTable.length} blocks`;
  },

  "a held prefix is the path to its node": ({ running, nodes, blockSize }) => {
    const byId = new Map(nodes.map((node) => [node.id, node]));
    const wrong = running.find(({ hold, blockTable, tokenIds }) => {
      if (hold === null) return false;
      const path: NodeView[] = [];
      for (let node = byId.get(hold.nodeId); node !== undefined; node = byId.get(node.parentId ?? -1)) {
        path.unshift(node);
      }
      const blockIds = path.flatMap((node) => node.blockIds);
      const tokens = path.flatMap((node) => node.tokenIds);
      return (
        !isEqual(blockIds, blockTable.slice(0, hold.numBlocks)) ||
        !isEqual(tokens, tokenIds.slice(0, hold.numBlocks * blockSize))
      );
    });
    return wrong === undefined ? null : wrong.label;
  },

  "only running sequences hold blocks": ({ running, waiting }) => {
    const wrong =
      running.find(({ state }) => state !== "running") ??
      waiting.find(
        ({ state, blockTable, hold }) =>
          (state !== "waiting" && state !== "preempted") || blockTable.length > 0 || hold !== null,
      );
    return wrong === undefined ? null : `${wrong.label} is ${wrong.state}`;
  },

  "queues and private spaces belong to live requests": ({ running, waiting, requestIds, spaces }) => {
    const live = new Set(requestIds);
    const lost = [...running, ...waiting].find(({ requestId }) => !live.has(requestId));
    if (lost !== undefined) return `${lost.label} is queued, its request has ended`;
    const queued = new Set([...running, ...waiting].map(({ requestId }) => requestId));
    const forgotten = requestIds.find((id) => !queued.has(id));
    if (forgotten !== undefined) return `${forgotten} has not ended and is in no queue`;
    const space = spaces.find((name) => name !== "shared" && !live.has(name.replace("request ", "")));
    return space === undefined ? null : `the space "${space}" outlived its request`;
  },
};

/** Throws an `internal` error that names every broken invariant. */
export function assertIntegrity(view: IntegrityView): void {
  const broken = Object.entries(invariants).flatMap(([name, check]) => {
    const finding = check(view);
    return finding === null ? [] : [`${name}: ${finding}`];
  });
  if (broken.length > 0) throw new InferscopeError("internal", `integrity: ${broken.join("; ")}`);
}

interface SequenceLike {
  readonly label: string;
  readonly requestId: string;
  readonly state: SequenceState;
  readonly tokenIds: readonly number[];
  readonly numComputedTokens: number;
  readonly blockTable: readonly number[];
  readonly cacheHold: { readonly node: { readonly id: number }; readonly numBlocks: number } | null;
}

export function integrityView(
  kv: KvCache,
  queues: { running: readonly SequenceLike[]; waiting: readonly SequenceLike[] },
  requestIds: readonly string[],
): IntegrityView {
  const { blocks, free } = kv.blocks.inspect();
  const view = ({
    label,
    requestId,
    state,
    tokenIds,
    numComputedTokens,
    blockTable,
    cacheHold,
  }: SequenceLike) => ({
    label,
    requestId,
    state,
    tokenIds,
    numComputedTokens,
    blockTable: [...blockTable],
    hold: cacheHold === null ? null : { nodeId: cacheHold.node.id, numBlocks: cacheHold.numBlocks },
  });
  return {
    blockSize: kv.blockSize,
    counts: { ...kv.counts() },
    blocks,
    freeList: free,
    nodes: kv.cache.snapshot().map(({ id, parentId, tokenIds, blockIds, lockCount }) => ({
      id,
      parentId,
      tokenIds: [...tokenIds],
      blockIds: [...blockIds],
      lockCount,
    })),
    spaces: [...kv.cache.spaces()],
    running: queues.running.map(view),
    waiting: queues.waiting.map(view),
    requestIds: [...requestIds],
  };
}

function countOf(ids: readonly number[]): Map<number, number> {
  const counts = new Map<number, number>();
  for (const id of ids) counts.set(id, (counts.get(id) ?? 0) + 1);
  return counts;
}

function isEqual(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((value, index) => value === b[index]);
}
