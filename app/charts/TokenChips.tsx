import { memo, useState, type KeyboardEvent, type PointerEvent } from "react";

import { Button } from "../ui/Button.tsx";
import { cx } from "../ui/cx.ts";
import { ChartFrame } from "./ChartFrame.tsx";
import styles from "./TokenChips.module.css";

interface TokenChipsProps {
  /** Accessible name and heading. */
  caption: string;
  ids: readonly number[];
  /** Text of each token. */
  pieces: readonly string[];
  /** Tokens drawn at first, and added by each press of the button. */
  page?: number;
}

interface Chip {
  readonly index: number;
  readonly id: number;
  readonly text: string;
}

const chunkSize = 64;

/** A text token by token, and the ids of the tokens; pointing at one marks both. */
export function TokenChips({ caption, ids, pieces, page = 1024 }: TokenChipsProps) {
  const [limit, setLimit] = useState(page);
  const [active, setActive] = useState<number | null>(null);
  const shown = Math.min(limit, ids.length);
  const chips = ids.slice(0, shown).map((id, index) => ({ index, id, text: pieces[index] ?? "" }));
  const onPointerOver = ({ target }: PointerEvent) => setActive(indexOf(target));
  const onKeyDown = (event: KeyboardEvent) => {
    const move = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
    if (move === 0 || shown === 0) return;
    event.preventDefault();
    setActive(Math.min(shown - 1, Math.max(0, (active ?? -1) + move)));
  };
  const current = active === null ? undefined : chips[active];
  const panes = ["text", "id"] as const;
  return (
    <ChartFrame
      title={caption}
      caption={caption}
      note={`${ids.length.toLocaleString("en-US")} tokens`}
      columns={[
        { key: "index", header: "token", align: "right", cell: ({ index }: Chip) => index },
        { key: "id", header: "id", align: "right", cell: ({ id }: Chip) => id },
        { key: "text", header: "text", cell: ({ text }: Chip) => <code>{JSON.stringify(text)}</code> },
      ]}
      rows={chips}
    >
      <div className={styles["panes"]} onPointerOver={onPointerOver} onPointerLeave={() => setActive(null)}>
        {panes.map((pane) => (
          <div
            key={pane}
            className={cx(styles["pane"], styles[pane])}
            role="group"
            aria-label={`${caption}: ${pane === "text" ? "text" : "ids"}, arrow keys go from token to token`}
            tabIndex={0}
            onKeyDown={onKeyDown}
            onBlur={() => setActive(null)}
          >
            {Array.from({ length: Math.ceil(shown / chunkSize) }, (_, chunk) => {
              const start = chunk * chunkSize;
              const has = active !== null && active >= start && active < start + chunkSize;
              return (
                <Chunk
                  key={chunk}
                  pane={pane}
                  start={start}
                  end={Math.min(start + chunkSize, shown)}
                  ids={ids}
                  pieces={pieces}
                  active={has ? active : null}
                />
              );
            })}
          </div>
        ))}
      </div>
      <p className={styles["detail"]}>
        {current === undefined
          ? "Point at a token for its text and id."
          : `token ${current.index} · id ${current.id} · ${JSON.stringify(current.text)}`}
      </p>
      {shown < ids.length && (
        <Button size="small" variant="ghost" onClick={() => setLimit(limit + page)}>
          Show {Math.min(page, ids.length - shown).toLocaleString("en-US")} more of{" "}
          {(ids.length - shown).toLocaleString("en-US")}
        </Button>
      )}
    </ChartFrame>
  );
}

interface ChunkProps {
  pane: "text" | "id";
  start: number;
  end: number;
  ids: readonly number[];
  pieces: readonly string[];
  active: number | null;
}

const Chunk = memo(function Chunk({ pane, start, end, ids, pieces, active }: ChunkProps) {
  return ids.slice(start, end).map((id, offset) => {
    const index = start + offset;
    return (
      <span
        key={index}
        data-index={index}
        className={cx(styles["chip"], index % 2 === 1 && styles["odd"], index === active && styles["active"])}
      >
        {pane === "id" ? `${id} ` : visible(pieces[index] ?? "")}
      </span>
    );
  });
});

/** A line break shows as a sign and breaks the line; a token without text keeps a place. */
const visible = (text: string): string => (text === "" ? "∅" : text.replaceAll("\n", "↵\n"));

function indexOf(target: EventTarget): number | null {
  const index = target instanceof HTMLElement ? target.dataset["index"] : undefined;
  return index === undefined ? null : Number(index);
}
