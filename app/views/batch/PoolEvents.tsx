import type { PoolEvent } from "../../lab/load/step-log.ts";
import { Card } from "../../ui/Card.tsx";
import { DataTable } from "../../ui/DataTable.tsx";
import { formatMs } from "../../lab/format.ts";
import { Tag } from "../../ui/Tag.tsx";
import styles from "./batch.module.css";

interface PoolEventsProps {
  events: readonly PoolEvent[];
  originMs: number;
}

/** Every preemption and eviction with the engine's reason for it. */
export function PoolEvents({ events, originMs }: PoolEventsProps) {
  return (
    <Card title="Preemptions and evictions" tag={String(events.length)}>
      {events.length === 0 ? (
        <p className={styles["note"]}>
          None: the pool had a block for everyone. Make the KV pool smaller to see who has to give way.
        </p>
      ) : (
        <DataTable
          caption="Preemptions and evictions"
          columns={[
            {
              key: "what",
              header: "what",
              cell: ({ kind }) => (
                <span className={styles["nowrap"]}>
                  <Tag tone={kind === "preemption" ? "bad" : "cached"}>{kind}</Tag>
                </span>
              ),
            },
            { key: "who", header: "of", cell: ({ who }) => who ?? "prefix cache" },
            {
              key: "why",
              header: "why",
              cell: ({ reason }) => <span className={styles["why"]}>{reason}</span>,
            },
            {
              key: "tokens",
              header: "tokens lost",
              align: "right",
              formula: "tokens whose keys and values are gone and would have to be computed again",
              cell: ({ numTokens }) => numTokens,
            },
            {
              key: "at",
              header: "at",
              align: "right",
              cell: ({ atMs }) => <span className={styles["nowrap"]}>{formatMs(atMs - originMs)}</span>,
            },
            { key: "step", header: "step", align: "right", cell: ({ step }) => step },
          ]}
          rows={events}
          rowKey={(_, index) => index}
          maxHeight={280}
        />
      )}
    </Card>
  );
}
