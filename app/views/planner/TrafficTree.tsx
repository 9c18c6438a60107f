import { ChartFrame } from "../../charts/ChartFrame.tsx";
import type { LogAnalysis } from "../../lab/logs/analyse-log.ts";
import type { TreeRow } from "../../lab/logs/tree-rows.ts";
import type { Column } from "../../ui/DataTable.tsx";
import styles from "./planner.module.css";

const count = (value: number): string => value.toLocaleString("en-US");

const columns: readonly Column<TreeRow>[] = [
  { key: "level", header: "Level", align: "right", cell: ({ level }) => level },
  { key: "text", header: "Text", cell: ({ excerpt }) => <code>{excerpt}</code> },
  { key: "start", header: "From token", align: "right", cell: ({ startTokens }) => count(startTokens) },
  { key: "tokens", header: "Tokens", align: "right", cell: ({ tokens }) => count(tokens) },
  { key: "requests", header: "Requests", align: "right", cell: ({ numRequests }) => count(numRequests) },
  { key: "model", header: "Model", cell: ({ model }) => model },
];

/** Prefixes that many requests share: x is tokens from the front, a row is a piece, its depth the indent. */
export function TrafficTree({ analysis: { tree } }: { analysis: LogAnalysis }) {
  const widest = Math.max(1, ...tree.map(({ startTokens, tokens }) => startTokens + tokens));
  const most = Math.max(1, ...tree.map(({ numRequests }) => numRequests));
  return (
    <ChartFrame
      title="Radix tree of the traffic"
      caption="Radix tree of the traffic"
      note="tokens / shared pieces"
      columns={columns}
      rows={tree}
    >
      {tree.length === 0 ? (
        <p className={styles["note"]}>No two requests share more than a few tokens.</p>
      ) : (
        <div
          className={styles["tree"]}
          role="img"
          aria-label="Radix tree of the traffic; the table lists its pieces"
        >
          {tree.map((row, index) => (
            <div key={index} className={styles["piece"]}>
              <span className={styles["track"]}>
                <span
                  className={styles["span"]}
                  style={{
                    left: `${(100 * row.startTokens) / widest}%`,
                    width: `${(100 * row.tokens) / widest}%`,
                    opacity: 0.35 + (0.65 * row.numRequests) / most,
                  }}
                />
              </span>
              <span className={styles["figures"]}>
                {count(row.tokens)} tokens × {count(row.numRequests)}
              </span>
              <span
                className={styles["excerpt"]}
                style={{ paddingLeft: `${row.level * 12}px` }}
                title={row.excerpt}
              >
                {row.excerpt}
                {row.numHidden > 0 && <i> · {count(row.numHidden)} continuations</i>}
              </span>
            </div>
          ))}
        </div>
      )}
    </ChartFrame>
  );
}
