import { useCallback, useEffect, useRef, useState } from "react";
import { useHashLocation } from "wouter/use-hash-location";

import { serializeError, type SerializedError } from "../../../protocol/index.ts";
import { parseShareFragment, type SharedSettings } from "../../lab/reports/share.ts";
import { useEngine, useReports, useServices } from "../../store/services.tsx";
import { Button } from "../../ui/Button.tsx";
import { Card } from "../../ui/Card.tsx";
import { ErrorNotice } from "../../ui/ErrorNotice.tsx";
import { sharedText } from "./derive.ts";
import styles from "./reports.module.css";

/** The settings of a share link, to be run here. Shows nothing where the address holds none. */
export function SharedCard({ onDone }: { onDone: (id: string) => void }) {
  const [location, navigate] = useHashLocation();
  const shared = readShared(`#${location}`);
  const { running, error, run, cancel } = useSharedRun(onDone);
  const load = useEngine((state) => state.load);
  if (shared === null) return null;
  if ("error" in shared) {
    return (
      <ErrorNotice
        error={shared.error}
        meaning="Nothing was changed by it."
        actions={<Button onClick={() => navigate("/reports")}>Dismiss</Button>}
      />
    );
  }
  const { settings } = shared;
  const loaded = load.type === "ready" ? load.model.id : null;
  return (
    <Card title="Shared settings">
      <p>{sharedText(settings)}</p>
      <p className={styles["note"]}>
        They were used with {settings.model ?? "an unknown model"}
        {loaded !== null && loaded !== settings.model
          ? `; loaded here is ${loaded}, so figures will differ.`
          : "."}
      </p>
      <div className={styles["exports"]}>
        {running === null ? (
          <Button variant="primary" disabled={loaded === null} onClick={() => run(settings)}>
            Run them here
          </Button>
        ) : (
          <>
            <Button variant="danger" onClick={cancel}>
              Cancel
            </Button>
            <span className={styles["note"]} role="status">
              {running}
            </span>
          </>
        )}
        <Button variant="ghost" onClick={() => navigate("/reports")}>
          Dismiss
        </Button>
      </div>
      {error !== null && <ErrorNotice error={error} />}
    </Card>
  );
}

function readShared(
  fragment: string,
): { readonly settings: SharedSettings } | { readonly error: SerializedError } | null {
  try {
    const settings = parseShareFragment(fragment);
    return settings === null ? null : { settings };
  } catch (cause) {
    return { error: serializeError(cause) };
  }
}

/** Runs the comparison; its report is kept like any other and opened. */
function useSharedRun(onDone: (id: string) => void) {
  const { inferscope } = useServices();
  const newest = useReports(({ list }) => list?.[0]?.id ?? null);
  const [running, setRunning] = useState<string | null>(null);
  const [error, setError] = useState<SerializedError | null>(null);
  const controller = useRef<AbortController | null>(null);
  const waiting = useRef(false);
  useEffect(() => () => controller.current?.abort(), []);
  useEffect(() => {
    if (!waiting.current || running !== null || newest === null) return;
    waiting.current = false;
    onDone(newest);
  }, [newest, running, onDone]);
  const run = useCallback(
    ({ workload, plans, rows, repeats, seed, cache }: SharedSettings) => {
      const own = new AbortController();
      controller.current = own;
      setError(null);
      setRunning("Warming up");
      const onEvent = (event: { type: string; done?: number; total?: number }) => {
        if (event.type === "sample-done") setRunning(`${event.done ?? 0} of ${event.total ?? 0} runs done`);
      };
      inferscope
        .run("compare", { workload, plans, rows, repeats, seed, cache, signal: own.signal, onEvent })
        .then(() => {
          waiting.current = true;
        })
        .catch((cause: unknown) => {
          const failure = serializeError(cause);
          if (failure.kind !== "aborted") setError(failure);
        })
        .finally(() => setRunning(null));
    },
    [inferscope],
  );
  const cancel = useCallback(() => controller.current?.abort(), []);
  return { running, error, run, cancel };
}
