import { useStore } from "zustand";

import { Card } from "../../ui/Card.tsx";
import { DataTable, type Column } from "../../ui/DataTable.tsx";
import styles from "./cache.module.css";
import type { CacheStore, SeenEviction } from "../../store/cache-store.ts";

/** What had to leave the cache, and why, as the engine says it. */
export function EvictionsCard({ session: { store } }: { session: CacheStore }) {
  const evictions = useStore(store, (state) => state.evictions);
  const numBlocks = useStore(store, (state) => state.numEvictedBlocks);
  return (
    <Card title="Evictions" tag={`${numBlocks} blocks since the page was opened`}>
      {evictions.length === 0 ? (
        <p className={styles["note"]}>
          None yet: the pool had room for everything and nothing expired. Make the pool small, and the least
          recently used leaves go first; let entries expire, and the next request drops what was not used.
        </p>
      ) : (
        <DataTable
          caption="Evictions, the latest first"
          columns={columns}
          rows={evictions}
          rowKey={(_row, index) => index}
          maxHeight={240}
        />
      )}
    </Card>
  );
}

const columns: readonly Column<SeenEviction>[] = [
  { key: "step", header: "step", align: "right", cell: ({ step }) => step },
  { key: "blocks", header: "blocks", align: "right", cell: ({ numBlocks }) => numBlocks },
  { key: "tokens", header: "tokens", align: "right", cell: ({ numTokens }) => numTokens },
  { key: "reason", header: "why", cell: ({ reason }) => reason },
];
