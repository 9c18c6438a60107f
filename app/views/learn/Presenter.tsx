import { Dialog } from "@base-ui/react/dialog";
import { ChevronLeft, ChevronRight, X } from "lucide-react";
import { useEffect } from "react";
import { useLocation } from "wouter";

import { lessons } from "../../lab/learn/index.ts";
import type { Lesson } from "../../lab/learn/lesson.ts";
import { Button } from "../../ui/Button.tsx";
import { addressOf, placeBeside } from "./derive.ts";
import styles from "./learn.module.css";
import { LessonScreen } from "./LessonScreen.tsx";
import type { LearnSession } from "./session.ts";

interface PresenterProps {
  lesson: Lesson;
  session: LearnSession;
  onClose: () => void;
}

const directions: Readonly<Record<string, 1 | -1>> = {
  ArrowRight: 1,
  PageDown: 1,
  ArrowLeft: -1,
  PageUp: -1,
};

/** The lesson in large type over the whole page; arrow keys or a clicker lead on, Escape ends it. */
export function Presenter({ lesson, session, onClose }: PresenterProps) {
  const [, navigate] = useLocation();
  const go = (by: 1 | -1) => {
    const step = session.store.getState().steps[lesson.id] ?? "predict";
    const next = placeBeside(lessons, { lesson, step }, by);
    session.go(next.lesson.id, next.step);
    if (next.lesson !== lesson) navigate(addressOf(next.lesson, true), { replace: true });
  };
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const { target, key } = event;
      const by = directions[key];
      // Within a text the arrows move the caret.
      const inText = target instanceof HTMLInputElement && target.value !== "" && key.startsWith("Arrow");
      if (by === undefined || inText) return;
      event.preventDefault();
      go(by);
    };
    // Captured: the dialog keeps arrow keys to itself.
    window.addEventListener("keydown", onKey, { capture: true });
    return () => window.removeEventListener("keydown", onKey, { capture: true });
  });
  const number = lessons.indexOf(lesson) + 1;
  return (
    <Dialog.Root open onOpenChange={(open) => !open && onClose()}>
      <Dialog.Portal>
        <Dialog.Popup className={styles["presenter"]}>
          <header className={styles["bar"]}>
            <Dialog.Title className={styles["title"]}>
              {number} of {lessons.length}: {lesson.title}
            </Dialog.Title>
            <span className={styles["keys"]}>← → steps and lessons, Esc ends</span>
            <Button
              variant="ghost"
              aria-label="Back"
              icon={<ChevronLeft aria-hidden />}
              onClick={() => go(-1)}
            />
            <Button
              variant="ghost"
              aria-label="On"
              icon={<ChevronRight aria-hidden />}
              onClick={() => go(1)}
            />
            <Button
              variant="ghost"
              aria-label="End the presentation"
              icon={<X aria-hidden />}
              onClick={onClose}
            />
          </header>
          <LessonScreen key={lesson.id} lesson={lesson} session={session} />
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
