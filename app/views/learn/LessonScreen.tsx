import { useEffect, useRef } from "react";
import { useStore } from "zustand";

import type { Lesson } from "../../lab/learn/lesson.ts";
import { cx } from "../../ui/cx.ts";
import { Explain } from "./Explain.tsx";
import styles from "./learn.module.css";
import { Predict } from "./Predict.tsx";
import { Run } from "./Run.tsx";
import { steps, type LearnSession, type Step } from "./session.ts";

const stepNames: Readonly<Record<Step, string>> = { predict: "Predict", run: "Run", explain: "Explain" };

interface LessonScreenProps {
  lesson: Lesson;
  session: LearnSession;
}

/** One lesson: its question, and the step that it is at. Key it by the lesson. */
export function LessonScreen({ lesson, session }: LessonScreenProps) {
  const step = useStore(session.store, (state) => state.steps[lesson.id] ?? "predict");
  const panel = useRef<HTMLDivElement>(null);
  const shown = useRef(step);
  // The control that was used is gone with its step: the keyboard goes on in the next one.
  useEffect(() => {
    if (shown.current !== step) panel.current?.focus();
    shown.current = step;
  }, [step]);
  return (
    <article className={styles["screen"]} aria-label={lesson.title}>
      <h2 className={styles["question"]}>{lesson.question}</h2>
      <ol className={styles["steps"]} aria-label="Steps">
        {steps.map((name, index) => (
          <li key={name}>
            <button
              type="button"
              className={cx(styles["step"], name === step && styles["current"])}
              aria-current={name === step ? "step" : undefined}
              onClick={() => session.go(lesson.id, name)}
            >
              {index + 1}. {stepNames[name]}
            </button>
          </li>
        ))}
      </ol>
      <div ref={panel} className={styles["panel"]} tabIndex={-1} role="group" aria-label={stepNames[step]}>
        {step === "predict" && <Predict lesson={lesson} session={session} />}
        {step === "run" && <Run lesson={lesson} session={session} />}
        {step === "explain" && <Explain lesson={lesson} session={session} />}
      </div>
    </article>
  );
}
