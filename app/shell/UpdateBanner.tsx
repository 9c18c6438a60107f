import { useStore } from "zustand";

import { useServices } from "../store/services.tsx";
import { Button } from "../ui/Button.tsx";
import styles from "./Banner.module.css";
import { useAnyRun } from "./use-any-run.ts";

/** Says that a new version waits. Never reloads by itself, and not while any tab measures. */
export function UpdateBanner() {
  const { offline } = useServices();
  const update = useStore(offline.store, (state) => state.update);
  return update === "none" ? null : <Banner fromOtherTab={update === "other-tab"} />;
}

function Banner({ fromOtherTab }: { fromOtherTab: boolean }) {
  const { offline } = useServices();
  const running = useAnyRun(true);
  return (
    <div className={styles["banner"]} role="status" aria-label="New version">
      <p>
        {fromOtherTab
          ? "Another tab took the new version; this one still runs the old one."
          : "A new version is ready."}{" "}
        {running
          ? "A run goes on: reload when it has ended."
          : "What is on this page and not in Reports goes with a reload."}
      </p>
      <Button size="small" variant="primary" disabled={running} onClick={() => void offline.update()}>
        Reload
      </Button>
    </div>
  );
}
