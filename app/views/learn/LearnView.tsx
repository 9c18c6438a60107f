import { Presentation } from "lucide-react";
import { useEffect, useMemo } from "react";
import { Link, useLocation } from "wouter";
import { useStore } from "zustand";

import { lessons } from "../../lab/learn/index.ts";
import { guessText } from "../../lab/learn/lesson.ts";
import { useServices } from "../../store/services.tsx";
import { Button } from "../../ui/Button.tsx";
import { Card } from "../../ui/Card.tsx";
import { cx } from "../../ui/cx.ts";
import { ViewHeader } from "../../ui/ViewHeader.tsx";
import { addressOf, fromAddress } from "./derive.ts";
import styles from "./learn.module.css";
import { LessonScreen } from "./LessonScreen.tsx";
import { Presenter } from "./Presenter.tsx";
import { learnSession, type LearnSession } from "./session.ts";

/** Six lessons of one screen each: guess, run, see why. */
export function LearnView() {
  const services = useServices();
  const session = useMemo(() => learnSession(services), [services]);
  const [path, navigate] = useLocation();
  const { lesson, isPresenting } = fromAddress(lessons, path);
  // Leaving the view ends the run: nobody sees it any more, and the engine is wanted elsewhere.
  useEffect(() => () => session.cancel(), [session]);
  return (
    <div className={styles["view"]}>
      <ViewHeader
        question="What do you expect, and what happens?"
        sub="Each lesson asks for a guess, measures on the loaded model, and explains what came out here."
        actions={
          <Button icon={<Presentation aria-hidden />} onClick={() => navigate(addressOf(lesson, true))}>
            Present
          </Button>
        }
      />
      <div className={styles["columns"]}>
        <LessonList session={session} current={lesson.id} />
        <Card className={styles["card"]}>
          <LessonScreen key={lesson.id} lesson={lesson} session={session} />
        </Card>
      </div>
      {isPresenting && (
        <Presenter lesson={lesson} session={session} onClose={() => navigate(addressOf(lesson))} />
      )}
    </div>
  );
}

function LessonList({ session, current }: { session: LearnSession; current: string }) {
  const taken = useStore(session.store, (state) => state.taken);
  return (
    <nav aria-label="Lessons">
      <ol className={styles["lessons"]}>
        {lessons.map((lesson, index) => {
          const done = taken[lesson.id];
          return (
            <li key={lesson.id}>
              <Link
                href={addressOf(lesson)}
                className={cx(styles["lesson"], lesson.id === current && styles["current"])}
                aria-current={lesson.id === current ? "page" : undefined}
              >
                {index + 1}. {lesson.title}
                {done !== undefined && (
                  <small>measured {guessText(done.result.measured, lesson.guess.unit)}</small>
                )}
              </Link>
            </li>
          );
        })}
      </ol>
    </nav>
  );
}
