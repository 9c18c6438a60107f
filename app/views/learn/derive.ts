/** Where arrow keys lead in the presenter mode; pure. */
import type { Lesson } from "../../lab/learn/lesson.ts";
import { steps, type Step } from "./session.ts";

export interface Place {
  readonly lesson: Lesson;
  readonly step: Step;
}

/** The next step (+1) or the one before (-1), across lessons; the same place at the ends. */
export function placeBeside(lessons: readonly Lesson[], { lesson, step }: Place, by: 1 | -1): Place {
  const to = steps[steps.indexOf(step) + by];
  if (to !== undefined) return { lesson, step: to };
  const beside = lessons[lessons.indexOf(lesson) + by];
  if (beside === undefined) return { lesson, step };
  return { lesson: beside, step: by === 1 ? "predict" : "explain" };
}

/** Lesson and mode of an address: "/learn/batching/present". */
export function fromAddress(
  lessons: readonly [Lesson, ...Lesson[]],
  path: string,
): { readonly lesson: Lesson; readonly isPresenting: boolean } {
  const [, , id, mode] = path.split("/");
  const lesson = lessons.find((candidate) => candidate.id === id) ?? lessons[0];
  return { lesson, isPresenting: mode === "present" };
}

export const addressOf = ({ id }: Pick<Lesson, "id">, isPresenting = false): string =>
  `/learn/${id}${isPresenting ? "/present" : ""}`;
