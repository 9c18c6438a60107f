import { Play } from "lucide-react";
import { useStore } from "zustand";

import type { Lesson } from "../../lab/learn/lesson.ts";
import { useEngine } from "../../store/services.tsx";
import { Button } from "../../ui/Button.tsx";
import { ErrorNotice } from "../../ui/ErrorNotice.tsx";
import { RunProgress } from "../../ui/RunProgress.tsx";
import styles from "./learn.module.css";
import type { LearnSession } from "./session.ts";

/** What is run, how far it is, and the way out of it. */
export function Run({ lesson, session }: { lesson: Lesson; session: LearnSession }) {
  const running = useStore(session.store, (state) => state.running);
  const failure = useStore(session.store, (state) => state.error);
  const isDone = useStore(session.store, (state) => state.taken[lesson.id] !== undefined);
  const ready = useEngine((state) => state.load.type === "ready");
  const own = running?.id === lesson.id ? running : null;
  return (
    <>
      <p>{lesson.method}</p>
      {own === null ? (
        <div className={styles["buttons"]}>
          <Button
            variant="primary"
            size="large"
            icon={<Play aria-hidden />}
            disabled={!ready || running !== null}
            onClick={() => void session.run(lesson)}
          >
            {isDone ? "Run it again" : "Run it"}
          </Button>
          {running !== null && <span className={styles["note"]}>Another lesson is running.</span>}
          {!ready && <span className={styles["note"]}>It can run as soon as the model is loaded.</span>}
        </div>
      ) : (
        <>
          <RunProgress
            label="Lesson"
            done={own.done}
            total={own.total}
            text={own.total === 0 ? "starting" : `${own.done} of ${own.total}`}
          />
          <div className={styles["buttons"]}>
            <Button variant="danger" onClick={session.cancel}>
              Cancel
            </Button>
          </div>
        </>
      )}
      {failure?.id === lesson.id && (
        <ErrorNotice error={failure.error} meaning="The lesson has no figure from this run." />
      )}
    </>
  );
}
