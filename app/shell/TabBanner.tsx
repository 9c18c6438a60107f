import { useServices } from "../store/services.tsx";
import { Button } from "../ui/Button.tsx";
import styles from "./Banner.module.css";
import { useAnyRun } from "./use-any-run.ts";

/** Says that another tab has the engine, what taking it over would stop there, and takes it over. */
export function TabBanner({ taken }: { taken: boolean }) {
  const { lease } = useServices();
  const running = useAnyRun(false);
  return (
    <div className={styles["banner"]} role="status" aria-label="Engine in another tab">
      <p>
        <b>{taken ? "Another tab took the engine." : "Another tab has the engine."}</b>{" "}
        {taken && "Its model was unloaded here; a run that went on was stopped and keeps the text it had. "}
        Reports, plans and lessons can be read here meanwhile.
        {running && " A run goes on in the other tab: taking over stops it, and it keeps the text it has."}
      </p>
      <Button size="small" variant="primary" onClick={() => lease.takeOver()}>
        {running ? "Stop it and take over" : taken ? "Take back" : "Take over"}
      </Button>
    </div>
  );
}
