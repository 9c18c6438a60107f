import { RefreshCw } from "lucide-react";
import { useEffect, useState } from "react";
import { useStore } from "zustand";

import { now, type CacheSnapshot } from "../../../protocol/index.ts";
import { RadixTree } from "../../charts/RadixTree.tsx";
import { useEngine, useServices } from "../../store/services.tsx";
import { Button } from "../../ui/Button.tsx";
import { Card } from "../../ui/Card.tsx";
import styles from "./cache.module.css";
import { identityText, labelTokens } from "./derive.ts";
import type { CacheStore } from "../../store/cache-store.ts";

const noTexts: ReadonlyMap<number, string> = new Map();

/** The real cache, as the engine's snapshot has it. */
export function TreeCard({ session: { store, actions } }: { session: CacheStore }) {
  const snapshot = useStore(store, (state) => state.snapshot);
  const ttlSeconds = useEngine(({ policy }) => policy?.cacheTtlSeconds ?? null);
  const atMs = useAgeClock(
    useStore(store, (state) => state.snapshotMs),
    ttlSeconds === null ? 5000 : 1000,
  );
  const texts = useNodeTexts(snapshot);
  return (
    <Card
      title="What is in the cache"
      {...(snapshot === null ? {} : { tag: identityText(snapshot.kv) })}
      actions={
        <>
          <Button size="small" icon={<RefreshCw aria-hidden />} onClick={() => void actions.refresh()}>
            Look again
          </Button>
          <Button size="small" variant="danger" onClick={() => void actions.emptyCache()}>
            Empty the cache
          </Button>
        </>
      }
    >
      {snapshot === null || snapshot.nodes.length === 0 ? (
        <p className={styles["note"]}>The cache is empty. Send the prompt: its full blocks stay here.</p>
      ) : (
        <RadixTree nodes={snapshot.nodes} texts={texts} atMs={atMs} ttlSeconds={ttlSeconds} />
      )}
    </Card>
  );
}

/** Ages grow while nobody looks into the cache. */
function useAgeClock(snapshotMs: number, everyMs: number): number {
  const [tick, setTick] = useState(0);
  useEffect(() => {
    const timer = window.setInterval(() => setTick(now()), everyMs);
    return () => window.clearInterval(timer);
  }, [everyMs]);
  return Math.max(snapshotMs, tick);
}

function useNodeTexts(snapshot: CacheSnapshot | null): ReadonlyMap<number, string> {
  const { inferscope } = useServices();
  const [texts, setTexts] = useState(noTexts);
  useEffect(() => {
    if (snapshot === null) return;
    let current = true;
    const decoded = labelTokens(snapshot).map(
      async ({ id, tokenIds }) => [id, await inferscope.decode(tokenIds)] as const,
    );
    Promise.all(decoded)
      .then((entries) => {
        if (current) setTexts(new Map(entries));
      })
      // The model went away in between: the tree goes with it.
      .catch(() => undefined);
    return () => {
      current = false;
    };
  }, [snapshot, inferscope]);
  return texts;
}
