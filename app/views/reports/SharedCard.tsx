import { useEffect, useRef } from "react";
import { useHashLocation } from "wouter/use-hash-location";

import { serializeError, type SerializedError } from "../../../protocol/index.ts";
import { parseShareFragment, type SharedSettings } from "../../lab/experiments/compare/share.ts";
import { useEngine, useRun, useRuns, useServices } from "../../store/services.tsx";
import { Button } from "../../ui/Button.tsx";
import { Card } from "../../ui/Card.tsx";
import { ErrorNotice } from "../../ui/ErrorNotice.tsx";
import { sharedText } from "./derive.ts";
import styles from "./reports.module.css";

/** The settings of a share link, to be run here. Shows nothing where the address holds none. */
export function SharedCard({ onDone }: { onDone: (id: string) => void }) {
  const [location, navigate] = useHashLocation();
  const shared = readShared(`#${location}`);
  const { runs } = useServices();
  const { running, error } = useRun("compare");
  const isBusy = useRuns(({ active }) => active !== null);
  const reportId = useRuns((state) => state.latest.compare?.reportId ?? null);
  // The run that was started here: its report is opened once it is kept.
  const waiting = useRef(false);
  useEffect(() => {
    if (!waiting.current || running !== null || reportId === null) return;
    waiting.current = false;
    onDone(reportId);
  }, [reportId, running, onDone]);
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
  const start = ({ workload, plans, rows, repeats, seed, cache }: SharedSettings) => {
    waiting.current = true;
    runs.start("compare", { workload, plans: [...plans], rows, repeats, seed, cache });
  };
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
          <Button variant="primary" disabled={loaded === null || isBusy} onClick={() => start(settings)}>
            Run them here
          </Button>
        ) : (
          <>
            <Button variant="danger" onClick={runs.cancel}>
              Cancel
            </Button>
            <span className={styles["note"]} role="status">
              {running.progress === null
                ? "Warming up"
                : `${running.progress.done} of ${running.progress.total} ${running.progress.label}`}
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
