import { Play } from "lucide-react";
import { useState } from "react";
import { useStore } from "zustand";

import { guessText, type Lesson } from "../../lab/learn/lesson.ts";
import { useEngine } from "../../store/services.tsx";
import { Button } from "../../ui/Button.tsx";
import { TextField } from "../../ui/Fields.tsx";
import { numberProblem } from "../../ui/number-problem.ts";
import styles from "./learn.module.css";
import type { LearnSession } from "./session.ts";

/** The guess: typed or picked. Enter keeps it and runs. */
export function Predict({ lesson, session }: { lesson: Lesson; session: LearnSession }) {
  const { guess: field, setting, exhibit } = lesson;
  const guess = useStore(session.store, (state) => state.guesses[lesson.id]);
  const busy = useStore(session.store, (state) => state.running !== null);
  const ready = useEngine((state) => state.load.type === "ready");
  const [text, setText] = useState(guess === undefined ? "" : String(guess));
  const range = { min: field.min, max: field.max, step: field.unit === "×" ? 0.1 : 1 };
  const problem = numberProblem(text, range);
  const change = (next: string) => {
    setText(next);
    if (numberProblem(next, range) === null) session.guess(lesson.id, Number(next));
  };
  return (
    <form
      className={styles["predict"]}
      onSubmit={(event) => {
        event.preventDefault();
        if (problem === null && ready && !busy) void session.run(lesson);
      }}
    >
      <p>{setting}</p>
      {exhibit !== undefined && <blockquote className={styles["exhibit"]}>{exhibit}</blockquote>}
      <div className={styles["guess"]}>
        <TextField
          label={`${field.label}${field.unit === "%" ? ", %" : ""}`}
          value={text}
          problem={text === "" ? null : problem}
          onChange={change}
        />
        <div className={styles["picks"]} role="group" aria-label="Guesses to pick from">
          {field.picks.map((pick) => (
            <Button
              key={pick}
              size="small"
              aria-pressed={text === String(pick)}
              onClick={() => change(String(pick))}
            >
              {guessText(pick, field.unit)}
            </Button>
          ))}
        </div>
      </div>
      <Button
        type="submit"
        variant="primary"
        size="large"
        icon={<Play aria-hidden />}
        disabled={problem !== null || !ready || busy}
      >
        Run it
      </Button>
      {!ready && (
        <p className={styles["note"]}>It can run as soon as the model is loaded; guess meanwhile.</p>
      )}
    </form>
  );
}
