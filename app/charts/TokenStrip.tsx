import { memo, useMemo, useState, type KeyboardEvent, type PointerEvent, type ReactNode } from "react";

import { Button } from "../ui/Button.tsx";
import type { Column } from "../ui/DataTable.tsx";
import { cx } from "../ui/cx.ts";
import { formatMs, unknown } from "../lab/format.ts";
import { ChartFrame } from "./ChartFrame.tsx";
import { heatStep, type LatencyScale } from "./latency-scale.ts";
import styles from "./TokenStrip.module.css";

export interface StripToken {
  /** Null where the backend does not tell ids. */
  readonly id: number | null;
  readonly text: string;
  /** `cached`: a prompt token served from the prefix cache. */
  readonly kind: "prompt" | "cached" | "output";
  /** Latency of an output token: the first one's TTFT, then the gap to the one before. */
  readonly ms: number | null;
}

export interface TokenStripProps {
  title?: ReactNode;
  /** Accessible name. */
  caption: string;
  note?: ReactNode;
  /** Append by making a new array; chunks of 64 whose tokens are the same objects are not drawn again. */
  tokens: readonly StripToken[];
  /** Null leaves output tokens uncoloured (nothing measured yet). Compared strips share one. */
  scale: LatencyScale | null;
  /** A caret at the end while tokens arrive. */
  streaming?: boolean;
  /** Tokens drawn at most; earlier ones wait behind a button. */
  window?: number;
}

const chunkSize = 64;

/** Tokens as they read, output coloured by latency, cached prompt tokens marked; details on hover and arrow keys. */
export function TokenStrip(props: TokenStripProps) {
  const { title, caption, note, tokens, scale, streaming = false, window: limit = 1536 } = props;
  const [active, setActive] = useState<number | null>(null);
  const [all, setAll] = useState(false);
  const first = all ? 0 : Math.max(0, Math.ceil((tokens.length - limit) / chunkSize)) * chunkSize;
  const starts = useMemo(
    () =>
      Array.from({ length: Math.ceil((tokens.length - first) / chunkSize) }, (_, i) => first + i * chunkSize),
    [tokens.length, first],
  );
  const onPointerOver = (event: PointerEvent) => setActive(tokenIndex(event.target));
  const onKeyDown = (event: KeyboardEvent) => {
    const move = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
    if (move === 0 || tokens.length === 0) return;
    event.preventDefault();
    setActive(Math.min(tokens.length - 1, Math.max(first, (active ?? first - 1) + move)));
  };
  const shown = active === null ? undefined : tokens[active];
  return (
    <ChartFrame title={title ?? caption} caption={caption} note={note} columns={columns} rows={tokens}>
      {first > 0 && (
        <Button size="small" variant="ghost" onClick={() => setAll(true)}>
          Show {first.toLocaleString("en-US")} earlier tokens
        </Button>
      )}
      <div
        className={styles["strip"]}
        role="group"
        aria-label={`${caption}: tokens, arrow keys give each one's details`}
        tabIndex={0}
        onPointerOver={onPointerOver}
        onPointerLeave={() => setActive(null)}
        onKeyDown={onKeyDown}
        onBlur={() => setActive(null)}
      >
        {starts.map((start) => (
          <Chunk
            key={start}
            start={start}
            tokens={tokens}
            end={Math.min(start + chunkSize, tokens.length)}
            lowMs={scale?.lowMs ?? null}
            highMs={scale?.highMs ?? null}
            active={active !== null && active >= start && active < start + chunkSize ? active : null}
          />
        ))}
        {streaming && <span className={styles["caret"]} aria-hidden />}
      </div>
      <p className={styles["detail"]}>
        {shown === undefined || active === null ? " " : describe(shown, active)}
      </p>
    </ChartFrame>
  );
}

interface ChunkProps {
  tokens: readonly StripToken[];
  start: number;
  end: number;
  lowMs: number | null;
  highMs: number | null;
  active: number | null;
}

const Chunk = memo(
  function Chunk({ tokens, start, end, lowMs, highMs, active }: ChunkProps) {
    const scale = lowMs === null || highMs === null ? null : { lowMs, highMs };
    return tokens.slice(start, end).map((token, offset) => {
      const index = start + offset;
      return (
        <span
          key={index}
          data-index={index}
          className={cx(styles["token"], styles[token.kind], index === active && styles["active"])}
          style={heatStyle(token, scale)}
        >
          {visibleText(token.text)}
        </span>
      );
    });
  },
  // Tokens are immutable and only appended: the ends of a chunk tell whether it changed.
  (a, b) =>
    a.end === b.end &&
    a.lowMs === b.lowMs &&
    a.highMs === b.highMs &&
    a.active === b.active &&
    a.tokens[a.start] === b.tokens[b.start] &&
    a.tokens[a.end - 1] === b.tokens[b.end - 1],
);

const columns: readonly Column<StripToken>[] = [
  { key: "kind", header: "kind", cell: (token) => token.kind },
  { key: "id", header: "id", align: "right", cell: (token) => token.id ?? unknown },
  { key: "text", header: "text", cell: (token) => <code>{JSON.stringify(token.text)}</code> },
  { key: "ms", header: "latency", align: "right", cell: (token) => formatMs(token.ms) },
];

function heatStyle(token: StripToken, scale: LatencyScale | null) {
  if (token.kind !== "output" || token.ms === null || scale === null) return undefined;
  const step = heatStep(token.ms, scale);
  return { background: `var(--heat-${step})`, color: `var(--heat-text-${step})` };
}

/** A line break shows as a sign and breaks the line; a token without text keeps a place. */
function visibleText(text: string): string {
  return text === "" ? "∅" : text.replaceAll("\n", "↵\n");
}

function describe(token: StripToken, index: number): string {
  const id = token.id === null ? "" : ` · id ${token.id}`;
  const ms = token.kind === "output" ? ` · ${formatMs(token.ms)}` : "";
  const kind = token.kind === "cached" ? "prompt, from the prefix cache" : token.kind;
  return `${index} · ${kind}${id} · ${JSON.stringify(token.text)}${ms}`;
}

function tokenIndex(target: EventTarget): number | null {
  const index = target instanceof HTMLElement ? target.dataset["index"] : undefined;
  return index === undefined ? null : Number(index);
}
