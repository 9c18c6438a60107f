import { useEffect } from "react";

import { claims } from "../../lab/claims/index.ts";
import { useClaims, useEngine, useServices } from "../../store/services.tsx";
import { Button } from "../../ui/Button.tsx";
import { ErrorNotice } from "../../ui/ErrorNotice.tsx";
import { ViewHeader } from "../../ui/ViewHeader.tsx";
import { ClaimCard } from "./ClaimCard.tsx";
import styles from "./claims.module.css";
import { boardEntries, boardText } from "./derive.ts";

const allIds = claims.map(({ id }) => id);

/** The guide's claims, each measured here on a button. */
export function ClaimsView() {
  const { claims: board } = useServices();
  const load = useEngine((state) => state.load);
  const results = useClaims((state) => state.results);
  const failures = useClaims((state) => state.failures);
  const running = useClaims((state) => state.running);
  const error = useClaims((state) => state.error);
  // Leaving the view ends the run: nobody sees it any more, and the engine is wanted elsewhere.
  useEffect(() => () => board.actions.cancel(), [board]);

  const entries = boardEntries(claims, results, failures, running);
  const measure = (ids: readonly number[]) => void board.actions.measure(ids);
  return (
    <div className={styles["view"]}>
      <ViewHeader
        question="Do the rules hold on this device?"
        sub={boardText(entries)}
        actions={
          running === null ? (
            <Button
              variant="primary"
              size="large"
              disabled={load.type !== "ready"}
              onClick={() => measure(allIds)}
            >
              Measure all
            </Button>
          ) : (
            <Button variant="danger" size="large" onClick={() => board.actions.cancel()}>
              Cancel
            </Button>
          )
        }
      />
      {running !== null && (
        <div className={styles["progress"]} role="status">
          <span>
            {running.id === null ? "Warming up" : `Measuring claim ${running.id}`}: {running.done} of{" "}
            {running.total} done
          </span>
          <div className={styles["bar"]} aria-hidden>
            <div style={{ width: `${(100 * running.done) / running.total}%` }} />
          </div>
        </div>
      )}
      {load.type !== "ready" && running === null && (
        <p className={styles["note"]}>A claim can be measured as soon as a model is loaded.</p>
      )}
      {error !== null && <ErrorNotice error={error} meaning="What was measured before it stays below." />}
      <ol className={styles["board"]}>
        {entries.map((entry) => (
          <li key={entry.claim.id}>
            <ClaimCard
              entry={entry}
              canMeasure={load.type === "ready" && running === null}
              onMeasure={() => measure([entry.claim.id])}
            />
          </li>
        ))}
      </ol>
    </div>
  );
}
