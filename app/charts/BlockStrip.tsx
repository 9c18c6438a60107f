import { useState, type ReactNode } from "react";

import { Button } from "../ui/Button.tsx";
import { cx } from "../ui/cx.ts";
import type { Column } from "../ui/DataTable.tsx";
import styles from "./BlockStrip.module.css";
import { ChartFrame } from "./ChartFrame.tsx";

export interface StripBlock {
  readonly index: number;
  /** `tail`: the block of the last token, which is computed always. */
  readonly state: "hit" | "miss" | "tail";
  readonly numTokens: number;
  readonly text: string;
  readonly sections: readonly string[];
}

interface BlockStripProps {
  title: ReactNode;
  caption: string;
  note?: ReactNode;
  blocks: readonly StripBlock[];
  /** Index of the first block that did not come from the cache; null: not marked. */
  brokeAt: number | null;
  /** Blocks drawn at most before a button shows the rest. */
  limit?: number;
}

/** A prompt block by block as it reads: what came from the prefix cache, and where that ended. */
export function BlockStrip({ title, caption, note, blocks, brokeAt, limit = 96 }: BlockStripProps) {
  const [all, setAll] = useState(false);
  const shown = all ? blocks : blocks.slice(0, Math.max(limit, (brokeAt ?? 0) + 2));
  return (
    <ChartFrame {...{ title, caption, note }} columns={columns} rows={blocks}>
      <ol className={styles["strip"]} aria-label={caption} tabIndex={0}>
        {shown.map((block) => (
          <li
            key={block.index}
            className={cx(styles["block"], styles[block.state], block.index === brokeAt && styles["broke"])}
            title={`block ${block.index + 1}, ${block.numTokens} tokens, ${stateNames[block.state]}`}
          >
            <span className={styles["number"]}>
              {block.index + 1}
              <span className="visually-hidden"> {stateNames[block.state]}</span>
              {block.index === brokeAt && <b> broke here</b>}
            </span>
            <span className={styles["text"]}>{block.text.replaceAll("\n", "↵\n")}</span>
          </li>
        ))}
      </ol>
      {shown.length < blocks.length && (
        <Button size="small" variant="ghost" onClick={() => setAll(true)}>
          Show {(blocks.length - shown.length).toLocaleString("en-US")} more blocks
        </Button>
      )}
      <p className={styles["legend"]}>
        {legend.map(([state, text]) => (
          <span key={state}>
            <span className={cx(styles["swatch"], styles[state])} aria-hidden /> {text}
          </span>
        ))}
      </p>
    </ChartFrame>
  );
}

const legend = [
  ["hit", "from the cache"],
  ["miss", "computed"],
  ["tail", "last block, computed always"],
] as const;

const stateNames = { hit: "hit", miss: "miss", tail: "last block, computed always" } as const;

const columns: readonly Column<StripBlock>[] = [
  { key: "block", header: "block", align: "right", cell: ({ index }) => index + 1 },
  { key: "state", header: "state", cell: ({ state }) => stateNames[state] },
  { key: "tokens", header: "tokens", align: "right", cell: ({ numTokens }) => numTokens },
  { key: "sections", header: "sections", cell: ({ sections }) => sections.join(", ") },
  { key: "text", header: "text", cell: ({ text }) => <code>{JSON.stringify(text)}</code> },
];
