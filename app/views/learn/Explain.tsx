import { useStore } from "zustand";

import { Bars } from "../../charts/Bars.tsx";
import { guessText, guessVerdict, type Lesson } from "../../lab/learn/lesson.ts";
import { Button } from "../../ui/Button.tsx";
import { EmptyState } from "../../ui/EmptyState.tsx";
import { Kpi, KpiRow } from "../../ui/Kpi.tsx";
import styles from "./learn.module.css";
import type { LearnSession } from "./session.ts";

/** The guess beside what was measured, and why: all of it computed from the run. */
export function Explain({ lesson, session }: { lesson: Lesson; session: LearnSession }) {
  const taken = useStore(session.store, (state) => state.taken[lesson.id]);
  if (taken === undefined) {
    return (
      <EmptyState
        title="Nothing measured yet"
        action={
          <Button variant="primary" onClick={() => session.go(lesson.id, "run")}>
            Go to the run
          </Button>
        }
      >
        The explanation is written from what your run measures.
      </EmptyState>
    );
  }
  const { guess, result, environment } = taken;
  const { unit, label } = lesson.guess;
  return (
    <>
      <div className={styles["verdict"]}>
        <p>
          <span>Your guess</span>
          <strong>{guess === null ? "none" : guessText(guess, unit)}</strong>
        </p>
        <p>
          <span>Measured here</span>
          <strong>{guessText(result.measured, unit)}</strong>
        </p>
        <p className={styles["words"]}>
          {guess === null ? label : guessVerdict(guess, result.measured, unit)} <small>{result.n}</small>
        </p>
      </div>
      <div className={styles["two"]}>
        <div className={styles["explanation"]}>
          {result.explanation.map((text) => (
            <p key={text}>{text}</p>
          ))}
        </div>
        <Bars {...result.chart} />
      </div>
      <KpiRow>
        {result.figures.map((figure) => (
          <Kpi key={figure.label} {...figure} />
        ))}
      </KpiRow>
      <p className={styles["note"]}>
        {environment}. More of it in <a href={`#${lesson.more.path}`}>{lesson.more.name}</a>.
      </p>
    </>
  );
}
