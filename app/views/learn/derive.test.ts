import { expect, it } from "vitest";

import { lessons } from "../../lab/learn/index.ts";
import { addressOf, fromAddress, placeBeside } from "./derive.ts";

const [first, second] = lessons;
const last = lessons.at(-1) ?? first;

it("arrow keys go through steps and lessons and stop at the ends", () => {
  expect(placeBeside(lessons, { lesson: first, step: "predict" }, 1)).toEqual({ lesson: first, step: "run" });
  expect(placeBeside(lessons, { lesson: first, step: "explain" }, 1)).toEqual({
    lesson: second,
    step: "predict",
  });
  expect(placeBeside(lessons, { lesson: second ?? first, step: "predict" }, -1)).toEqual({
    lesson: first,
    step: "explain",
  });
  expect(placeBeside(lessons, { lesson: first, step: "predict" }, -1).step).toBe("predict");
  expect(placeBeside(lessons, { lesson: last, step: "explain" }, 1)).toEqual({
    lesson: last,
    step: "explain",
  });
});

it("each lesson has an address; an unknown one is the first lesson", () => {
  for (const lesson of lessons) {
    expect(fromAddress(lessons, addressOf(lesson, true))).toEqual({ lesson, isPresenting: true });
    expect(fromAddress(lessons, addressOf(lesson))).toEqual({ lesson, isPresenting: false });
  }
  expect(fromAddress(lessons, "/learn/none").lesson).toBe(first);
  expect(fromAddress(lessons, "/learn").lesson).toBe(first);
});
