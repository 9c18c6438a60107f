import { useEffect } from "react";
import { useStore } from "zustand";

import { useEngine, useRuns, useServices } from "../../store/services.tsx";
import type { LoadState } from "../../store/engine-store.ts";
import { Button } from "../../ui/Button.tsx";
import { Card } from "../../ui/Card.tsx";
import { EmptyState } from "../../ui/EmptyState.tsx";
import { ErrorNotice } from "../../ui/ErrorNotice.tsx";
import { Progress } from "../../ui/Progress.tsx";
import { ViewHeader } from "../../ui/ViewHeader.tsx";
import styles from "./cache.module.css";
import { EvictionsCard } from "./EvictionsCard.tsx";
import { HistoryCards } from "./HistoryCards.tsx";
import { PoolCard } from "./PoolCard.tsx";
import { PromptCard } from "./PromptCard.tsx";
import { SectionsCard } from "./SectionsCard.tsx";
import { hasInspectableCache } from "../../store/cache-store.ts";
import { TimestampCard } from "./TimestampCard.tsx";
import { TreeCard } from "./TreeCard.tsx";

export function CacheView() {
  const { cache: session } = useServices();
  const isBusy = useRuns(({ active }) => active !== null);
  const load = useEngine((state) => state.load);
  const isSending = useStore(session.store, (state) => state.isSending);
  const numSent = useStore(session.store, (state) => state.sent.length);
  const error = useStore(session.store, (state) => state.error);
  const usable = hasInspectableCache(load);
  const expires = useEngine(({ policy }) => policy?.cacheTtlSeconds != null);
  useEffect(() => {
    void session.actions.refresh();
    if (!expires) return;
    // What the next request would find changes by itself. A measurement is left alone.
    const timer = window.setInterval(() => {
      if (!session.store.getState().isSending && !isBusy) void session.actions.refresh();
    }, 1000);
    return () => window.clearInterval(timer);
  }, [session, expires, isBusy]);
  return (
    <>
      <ViewHeader
        question="Which tokens of a prompt come from the cache?"
        sub="Only an unchanged beginning is reused, in whole blocks. Send the prompt, change it, send it again."
        actions={
          usable &&
          (isSending ? (
            <Button variant="danger" onClick={() => session.actions.cancel()}>
              Cancel
            </Button>
          ) : (
            <Button
              variant="primary"
              size="large"
              disabled={isBusy}
              onClick={() => void session.actions.send()}
            >
              {numSent === 0 ? "Send the prompt" : "Send it again"}
            </Button>
          ))
        }
      />
      {!usable && <NoCache load={load} />}
      {error !== null && <ErrorNotice error={error} />}
      {usable && (
        <>
          <div className={styles["two"]}>
            <SectionsCard session={session} />
            <PromptCard session={session} />
          </div>
          <HistoryCards session={session} />
          <TimestampCard session={session} />
          <TreeCard session={session} />
          <div className={styles["two"]}>
            <PoolCard session={session} />
            <EvictionsCard session={session} />
          </div>
        </>
      )}
    </>
  );
}

/** No model yet, one on its way, or an engine whose cache cannot be looked into. */
function NoCache({ load }: { load: LoadState }) {
  const { engine } = useServices();
  if (load.type === "loading") {
    return (
      <Card>
        <Progress label={load.label} progress={load.progress} onCancel={() => engine.actions.cancelLoad()} />
      </Card>
    );
  }
  if (load.type === "ready") {
    return (
      <Card>
        <EmptyState
          title={`${load.model.id} runs on another engine`}
          action={
            <Button variant="primary" onClick={() => void engine.actions.loadEmbedded()}>
              Load the embedded model
            </Button>
          }
        >
          <p>
            This view looks into the prefix cache of Inferscope&rsquo;s own engine. The engine in use (
            {load.model.backend}) does not show its blocks, so there is nothing to measure here. Choose a
            model that runs on Inferscope in <a href="#/models">Models</a>.
          </p>
        </EmptyState>
      </Card>
    );
  }
  return (
    <Card>
      <EmptyState
        title="No model is loaded"
        action={
          <Button variant="primary" onClick={() => void engine.actions.loadEmbedded()}>
            Load the embedded model
          </Button>
        }
      >
        <p>A model and its engine are wanted: what is cached are the keys and values that it computed.</p>
      </EmptyState>
    </Card>
  );
}
