import { Bars } from "../charts/Bars.tsx";
import { BlockStrip } from "../charts/BlockStrip.tsx";
import { CallWaterfall } from "../charts/CallWaterfall.tsx";
import { CausesWaterfall } from "../charts/CausesWaterfall.tsx";
import { DeltaBars } from "../charts/DeltaBars.tsx";
import { latencyScale } from "../charts/latency-scale.ts";
import { Legend } from "../charts/Legend.tsx";
import { Race } from "../charts/Race.tsx";
import { RadixTree } from "../charts/RadixTree.tsx";
import { TokenChips } from "../charts/TokenChips.tsx";
import { TokenStrip, type StripToken } from "../charts/TokenStrip.tsx";
import { TtftSplit } from "../charts/TtftSplit.tsx";
import { epochMs, type CacheNode } from "../../protocol/index.ts";
import { Stack } from "../ui/layout.tsx";
import type { Story } from "./story.ts";

const words =
  "You analyze a user of an online shop . Name : Petra , views : 8 tennis , owns : lamp , cap".split(" ");
const tokens = words.map((text, index): StripToken => {
  const kind = index < 6 ? "cached" : index < 13 ? "prompt" : "output";
  return { id: index, text: ` ${text}`, kind, ms: kind === "output" ? 8 + ((index * 7) % 11) : null };
});
const scale = latencyScale(tokens.flatMap(({ ms }) => (ms === null ? [] : [ms])));
const ms = (value: number): string => `${value} ms`;

const node = (id: number, parentId: number | null, numTokens: number, ageMs: number): CacheNode => ({
  id,
  parentId,
  tokenIds: Array.from({ length: numTokens }, (_, index) => index),
  blockIds: Array.from({ length: numTokens / 16 }, (_, index) => index),
  lockCount: id === 2 ? 1 : 0,
  lastUsedMs: epochMs(1e6 - ageMs),
  hitCount: id % 4,
});

/** A shared beginning, then `count` branches. */
const tree = (count: number): readonly CacheNode[] => [
  node(1, null, 64, 500),
  ...Array.from({ length: count }, (_, index) => node(2 + index, 1, 16 + 16 * (index % 9), index * 9000)),
];
const treeTexts = (nodes: readonly CacheNode[]) =>
  new Map(
    nodes.map(({ id }) => [
      id,
      id === 1
        ? "You are a helpful assistant of an online shop.\n"
        : `Row ${id}: Name: Petra, views: 8 tennis`,
    ]),
  );

const lane = (id: string, title: string, numCalls: number) => ({
  id,
  title,
  calls: Array.from({ length: numCalls }, (_, index) => {
    const start = index * 500;
    return {
      id: `call ${index + 1}`,
      segments: [
        { phase: "prefill", startMs: start, endMs: start + 70 },
        ...(index > 0 ? [{ phase: "cached", startMs: start, endMs: start } as const] : []),
        { phase: "decode", startMs: start + 70, endMs: start + 480 },
      ] as const,
    };
  }),
  endMs: numCalls * 500 - 20,
});

export const markStories: readonly Story[] = [
  ...[null, 700].map((clockMs) => ({
    part: "Race",
    state: clockMs === null ? "over" : "on its way",
    render: () => (
      <Race
        caption={`A race ${clockMs === null ? "that is over" : "on its way"}`}
        lanes={[lane("naive", "Naive chain", 3), lane("structured", "Structured", 1)]}
        clockMs={clockMs}
        maxMs={1480}
      />
    ),
  })),
  ...[1, 6, 160].map((count) => {
    const nodes = tree(count);
    return {
      part: "RadixTree",
      state: `${nodes.length} nodes`,
      render: () => (
        <RadixTree nodes={nodes} texts={treeTexts(nodes)} atMs={1e6} ttlSeconds={count === 6 ? 20 : null} />
      ),
    };
  }),
  {
    part: "TokenStrip",
    state: "cached, prompt and output; streaming",
    render: () => (
      <Stack>
        <TokenStrip caption="Call 1" note="13 prompt (6 cached)" tokens={tokens} scale={scale} />
        <TokenStrip caption="Call 2" tokens={tokens.slice(0, 16)} scale={null} streaming />
        <Legend scale={scale} />
      </Stack>
    ),
  },
  {
    part: "TokenChips",
    state: "text and ids",
    render: () => (
      <TokenChips
        caption="Tokens"
        ids={words.map((_, index) => 100 + index)}
        pieces={words.map((word) => ` ${word}`)}
      />
    ),
  },
  {
    part: "BlockStrip",
    state: "broke in the third block",
    render: () => (
      <BlockStrip
        title="Prompt"
        caption="Blocks of the prompt"
        brokeAt={2}
        blocks={words.slice(0, 6).map((text, index) => ({
          index,
          state: index < 2 ? "hit" : index === 5 ? "tail" : "miss",
          numTokens: 16,
          text: `${text} and fifteen more`,
          sections: ["System"],
        }))}
      />
    ),
  },
  {
    part: "CallWaterfall",
    state: "three calls, one cached",
    render: () => (
      <CallWaterfall
        caption="Calls over time"
        rows={[0, 1, 2].map((index) => ({
          id: String(index),
          label: ["preferences", "recommendations", "reasoning"][index] ?? "",
          segments: [
            { phase: "queue", startMs: index * 400, endMs: index * 400 + 8 },
            ...(index > 0
              ? [{ phase: "cached", startMs: index * 400 + 8, endMs: index * 400 + 8 } as const]
              : []),
            { phase: "prefill", startMs: index * 400 + 8, endMs: index * 400 + 80 },
            { phase: "decode", startMs: index * 400 + 80, endMs: index * 400 + 390 },
          ],
          ...(index > 0 ? { note: "16 of 100 cached" } : {}),
        }))}
        onSelect={() => undefined}
      />
    ),
  },
  {
    part: "DeltaBars",
    state: "better, worse, not told apart",
    render: () => (
      <DeltaBars
        caption="Change of each metric"
        note="Naive → Structured"
        rows={[
          {
            id: "e2e",
            label: "End to end",
            from: 1734,
            to: 461,
            intervalPercent: [-78, -66],
            better: "lower",
            format: ms,
          },
          {
            id: "ttft",
            label: "TTFT",
            from: 70,
            to: 84,
            intervalPercent: [4, 32],
            better: "lower",
            format: ms,
          },
          {
            id: "itl",
            label: "ITL",
            from: 11,
            to: 10.6,
            intervalPercent: [-9, 3],
            better: "lower",
            format: ms,
          },
        ]}
      />
    ),
  },
  {
    part: "CausesWaterfall",
    state: "less, more and a residual",
    render: () => (
      <CausesWaterfall
        caption="Causes"
        unit="ms"
        from={{ label: "Naive chain", value: 1791 }}
        to={{ label: "Structured", value: 486 }}
        causes={[
          { id: "output", label: "Output tokens", value: -880 },
          { id: "prompt", label: "Prompt tokens", value: -412 },
          { id: "cache", label: "Saved by the cache", value: 53 },
        ]}
        residual={-66}
        format={(value) => `${value.toLocaleString("en-US")} ms`}
      />
    ),
  },
  {
    part: "Bars and TtftSplit",
    state: "a few values",
    render: () => (
      <Stack>
        <Bars
          title="Output tokens a second"
          unit="tok/s"
          bars={[
            { label: "one at a time", value: 90 },
            { label: "8 at once", value: 310 },
          ]}
        />
        <TtftSplit
          queueMs={4}
          prefillMs={61}
          firstDecodeMs={11}
          note="64 of 118 prompt tokens came from the cache"
        />
      </Stack>
    ),
  },
];
