/** The lessons, in their order. */
import { batchingLesson } from "./batching.ts";
import { compressionLesson } from "./compression.ts";
import { latencyLesson } from "./latency.ts";
import type { Lesson } from "./lesson.ts";
import { prefixLesson } from "./prefix.ts";
import { structuredLesson } from "./structured.ts";
import { tokensLesson } from "./tokens.ts";

export const lessons: readonly [Lesson, ...Lesson[]] = [
  latencyLesson,
  tokensLesson,
  prefixLesson,
  batchingLesson,
  structuredLesson,
  compressionLesson,
];
