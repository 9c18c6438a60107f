import { Lock } from "lucide-react";
import { useMemo, useState, type CSSProperties, type KeyboardEvent } from "react";

import { isExpired, type CacheNode } from "../../protocol/index.ts";
import { cx } from "../ui/cx.ts";
import type { Column } from "../ui/DataTable.tsx";
import { formatDuration } from "../lab/format.ts";
import { ChartFrame } from "./ChartFrame.tsx";
import { ageClass, ageClasses, radixLayout, type PlacedNode } from "./radix-layout.ts";
import styles from "./RadixTree.module.css";

interface RadixTreeProps {
  nodes: readonly CacheNode[];
  /** Text of each node by its id, where it is known yet. */
  texts: ReadonlyMap<number, string>;
  /** When the nodes were looked at, on the clock of `lastUsedMs`. */
  atMs: number;
  /** The engine drops what was not used for so long; null: never. */
  ttlSeconds: number | null;
}

const maxNodes = 400;
/** CSS pixels: what the tree is fitted into, the highest row, and the lowest one that still shows. */
const fitted = 440;
const highestRow = 84;
const lowestRow = 4;
/** A line of text and its borders. */
const leastTextHeight = 15;

/** Few nodes are tall enough to read, many flat enough to be seen together; what is more than that scrolls. */
const rowHeightOf = (numRows: number): number =>
  Math.max(
    lowestRow,
    Math.min(highestRow, Math.floor(Math.min(fitted, 84 + 26 * (numRows - 1)) / Math.max(1, numRows))),
  );

/** Tokens from the prompt's start, about eight of them. */
function rulerTokens(numTokens: number): readonly number[] {
  const step = [16, 32, 64, 128, 256, 512, 1024, 2048, 4096].find((each) => numTokens / each <= 8) ?? 8192;
  return Array.from({ length: Math.floor(numTokens / step) + 1 }, (_, index) => index * step);
}

/** The prefix cache: a node is as wide as its tokens, as dark as it is fresh; what follows a node stands right of it. */
export function RadixTree({ nodes, texts, atMs, ttlSeconds }: RadixTreeProps) {
  const layout = useMemo(() => radixLayout(nodes, maxNodes), [nodes]);
  const [activeId, setActiveId] = useState<number | null>(null);
  const active = layout.placed.find(({ node }) => node.id === activeId) ?? null;
  const rowHeight = rowHeightOf(layout.numRows);
  return (
    <ChartFrame
      title="Radix tree"
      caption="Radix tree of the prefix cache"
      note={`${nodes.length} ${nodes.length === 1 ? "node" : "nodes"}, ${layout.numTokens} tokens deep`}
      columns={columns(texts, atMs, ttlSeconds)}
      rows={nodes}
    >
      <div className={styles["ruler"]} aria-hidden>
        {rulerTokens(layout.numTokens).map((tokens) => (
          <span key={tokens} style={{ left: `${(100 * tokens) / Math.max(1, layout.numTokens)}%` }}>
            {tokens}
          </span>
        ))}
      </div>
      <div className={styles["scroll"]}>
        <div
          className={styles["tree"]}
          role="group"
          aria-label="Nodes; arrow keys move between them"
          style={{ height: layout.numRows * rowHeight }}
          onKeyDown={(event) => move(event, layout.placed, active, setActiveId)}
        >
          {layout.placed.map((place, index) => (
            <NodeBox
              key={place.node.id}
              place={place}
              text={texts.get(place.node.id) ?? ""}
              age={ageClass(place.node.lastUsedMs, atMs)}
              expired={hasExpired(place.node, atMs, ttlSeconds)}
              isActive={place.node.id === activeId}
              isTabStop={active === null ? index === 0 : place === active}
              style={boxStyle(place, layout.numTokens, rowHeight)}
              hasText={rowHeight * place.numRows >= leastTextHeight}
              onActive={() => setActiveId(place.node.id)}
            />
          ))}
        </div>
      </div>
      <p className={styles["detail"]} aria-live="polite">
        {active === null
          ? "Point at a node, or reach it with Tab and the arrow keys, to read its tokens."
          : describe(active, texts.get(active.node.id) ?? "", atMs, ttlSeconds)}
      </p>
      {layout.numOmitted > 0 && (
        <p className={styles["legend"]}>{layout.numOmitted} older nodes are in the table only.</p>
      )}
      <AgeLegend expires={ttlSeconds !== null} />
    </ChartFrame>
  );
}

interface NodeBoxProps {
  place: PlacedNode;
  text: string;
  age: number;
  expired: boolean;
  isActive: boolean;
  isTabStop: boolean;
  style: CSSProperties;
  /** There is room for it. */
  hasText: boolean;
  onActive: () => void;
}

function NodeBox(props: NodeBoxProps) {
  const { place, text, age, expired, isActive, isTabStop, style, hasText, onActive } = props;
  const { id, tokenIds, lockCount } = place.node;
  const locked = lockCount > 0;
  return (
    <button
      type="button"
      data-node={id}
      className={cx(
        styles["node"],
        styles[`age${age}`],
        locked && styles["locked"],
        expired && styles["expired"],
        isActive && styles["active"],
      )}
      style={style}
      tabIndex={isTabStop ? 0 : -1}
      aria-label={`${tokenIds.length} tokens from ${place.start}${locked ? ", locked" : ""}${expired ? ", expired" : ""}: ${text.slice(0, 80)}`}
      onPointerEnter={onActive}
      onFocus={onActive}
    >
      {hasText && locked && <Lock aria-hidden />}
      {hasText && <span>{text.slice(0, 400).replaceAll("\n", "↵")}</span>}
    </button>
  );
}

function boxStyle(
  { start, end, row, numRows }: PlacedNode,
  numTokens: number,
  rowHeight: number,
): CSSProperties {
  const percent = (tokens: number) => `${(100 * tokens) / Math.max(1, numTokens)}%`;
  return {
    left: percent(start),
    width: percent(end - start),
    top: row * rowHeight,
    height: Math.max(2, numRows * rowHeight - (rowHeight > 8 ? 2 : 1)),
  };
}

/** Left: the node above. Right: the first below. Up and down: as drawn. */
function move(
  event: KeyboardEvent<HTMLElement>,
  placed: readonly PlacedNode[],
  active: PlacedNode | null,
  setActiveId: (id: number) => void,
): void {
  if (active === null) return;
  const next = neighbour(event.key, placed, active);
  if (next === undefined) return;
  event.preventDefault();
  setActiveId(next.node.id);
  event.currentTarget.querySelector<HTMLElement>(`[data-node="${next.node.id}"]`)?.focus();
}

function neighbour(key: string, placed: readonly PlacedNode[], active: PlacedNode): PlacedNode | undefined {
  const at = placed.indexOf(active);
  switch (key) {
    case "ArrowLeft":
      return placed.find(({ node }) => node.id === active.node.parentId);
    case "ArrowRight":
      return placed.find(({ node }) => node.parentId === active.node.id);
    case "ArrowUp":
      return placed[at - 1];
    case "ArrowDown":
      return placed[at + 1];
    default:
      return undefined;
  }
}

function describe(
  { node, start, end }: PlacedNode,
  text: string,
  atMs: number,
  ttlSeconds: number | null,
): string {
  const lock =
    (node.lockCount > 0 ? `, locked by ${node.lockCount}` : "") +
    (ttlSeconds === null ? "" : `, ${expiry(node, atMs, ttlSeconds)}`);
  const used = `used ${age(node, atMs)} ago, ${node.hitCount} hits${lock}`;
  return `Tokens ${start} to ${end - 1} (${node.blockIds.length} blocks), ${used}\n${JSON.stringify(text)}`;
}

const age = (node: CacheNode, atMs: number): string =>
  formatDuration(Math.max(0, atMs - node.lastUsedMs) / 1000);

/** What a running request holds does not expire. */
const hasExpired = ({ lockCount, lastUsedMs }: CacheNode, atMs: number, ttlSeconds: number | null): boolean =>
  lockCount === 0 && isExpired(lastUsedMs, atMs, ttlSeconds);

function expiry(node: CacheNode, atMs: number, ttlSeconds: number): string {
  if (node.lockCount > 0) return "does not expire while it is locked";
  if (hasExpired(node, atMs, ttlSeconds)) return "expired: the next request drops it";
  return `expires in ${formatDuration(ttlSeconds - (atMs - node.lastUsedMs) / 1000)}`;
}

function columns(
  texts: ReadonlyMap<number, string>,
  atMs: number,
  ttlSeconds: number | null,
): readonly Column<CacheNode>[] {
  return [
    { key: "id", header: "node", align: "right", cell: ({ id }) => id },
    { key: "parent", header: "follows", align: "right", cell: ({ parentId }) => parentId ?? "–" },
    { key: "tokens", header: "tokens", align: "right", cell: ({ tokenIds }) => tokenIds.length },
    { key: "blocks", header: "blocks", align: "right", cell: ({ blockIds }) => blockIds.length },
    { key: "age", header: "last used", align: "right", cell: (node) => `${age(node, atMs)} ago` },
    ...(ttlSeconds === null
      ? []
      : [{ key: "expiry", header: "expiry", cell: (node: CacheNode) => expiry(node, atMs, ttlSeconds) }]),
    { key: "hits", header: "hits", align: "right", cell: ({ hitCount }) => hitCount },
    { key: "locks", header: "locks", align: "right", cell: ({ lockCount }) => lockCount },
    {
      key: "text",
      header: "text",
      cell: ({ id }) => <code>{JSON.stringify(texts.get(id)?.slice(0, 160) ?? "")}</code>,
    },
  ];
}

function AgeLegend({ expires }: { expires: boolean }) {
  return (
    <p className={styles["legend"]}>
      used within
      {ageClasses.map((name, index) => (
        <span key={name}>
          <span className={cx(styles["swatch"], styles[`age${index}`])} aria-hidden /> {name}
        </span>
      ))}
      <span>
        <span className={cx(styles["swatch"], styles["locked"])} aria-hidden /> locked by a running request
      </span>
      {expires && (
        <span>
          <span className={cx(styles["swatch"], styles["expired"])} aria-hidden /> expired
        </span>
      )}
    </p>
  );
}
