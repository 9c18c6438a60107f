import { expect, it } from "vitest";

import { InferscopeError } from "../../protocol/index.ts";
import type { AnalysedLog } from "../lab/lab-calls.ts";
import { createLogs, type AnalyseLog } from "./log-store.ts";

const analysed = { analysis: { requests: [] }, problems: [] } as unknown as AnalysedLog;
const file = (name: string) => new File(["{}"], name);
const turn = () => new Promise((resolve) => setTimeout(resolve, 0));

it("keeps the result over an error and a cancel, and says the error", async () => {
  let answer: AnalyseLog = () => Promise.resolve(analysed);
  const logs = createLogs(
    (...asked) => answer(...asked),
    () => 5,
  );
  logs.analyse(file("one.jsonl"));
  expect(logs.store.getState().running).toEqual({ name: "one.jsonl", progress: null });
  await turn();
  expect(logs.store.getState()).toMatchObject({ running: null, result: { name: "one.jsonl", bytes: 2 } });

  answer = () => Promise.reject(new InferscopeError("worker-crashed", "gone"));
  logs.analyse(file("two.jsonl"));
  await turn();
  expect(logs.store.getState()).toMatchObject({
    error: { kind: "worker-crashed" },
    result: { name: "one.jsonl" },
  });

  answer = (_file, { signal }) =>
    new Promise((_resolve, reject) => {
      signal.addEventListener("abort", () => reject(new InferscopeError("aborted", "stopped")));
    });
  logs.analyse(file("three.jsonl"));
  logs.cancel();
  await turn();
  expect(logs.store.getState()).toMatchObject({ running: null, error: null, result: { name: "one.jsonl" } });
});

it("a second file takes the place of the first, whose late answer changes nothing", async () => {
  const answers: ((log: AnalysedLog) => void)[] = [];
  const logs = createLogs(
    () => new Promise((resolve) => answers.push(resolve)),
    () => 0,
  );
  logs.analyse(file("first.jsonl"));
  logs.analyse(file("second.jsonl"));
  answers[0]?.(analysed);
  await turn();
  expect(logs.store.getState()).toMatchObject({ running: { name: "second.jsonl" }, result: null });
  answers[1]?.(analysed);
  await turn();
  expect(logs.store.getState().result?.name).toBe("second.jsonl");
});
