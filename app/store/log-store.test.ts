import { expect, it } from "vitest";

import { InferscopeError } from "../../protocol/index.ts";
import type { AnalysedLog } from "../lab/lab-calls.ts";
import { createLogs } from "./log-store.ts";

const file = (name: string) => new File(["{}"], name);
const log = { problems: [] } as unknown as AnalysedLog;

it("keeps the result, shows how far it is, and keeps the result before when a file cannot be read", async () => {
  let seen: unknown = null;
  const logs = createLogs(
    ({ name }, { onProgress }) => {
      onProgress({ stage: "reading", done: null, total: null });
      seen = logs.store.getState().running;
      return name === "bad"
        ? Promise.reject(new InferscopeError("invalid-request", "no"))
        : Promise.resolve(log);
    },
    () => 5,
  );
  await logs.analyse(file("good"));
  expect(seen).toEqual({ name: "good", progress: { stage: "reading", done: null, total: null } });
  await logs.analyse(file("bad"));
  expect(logs.store.getState()).toMatchObject({
    ...{ running: null, result: { name: "good", bytes: 2, tookMs: 0 } },
    error: { message: "no" },
  });
});

it("is cancelled without an error, and an older file that comes late is not shown", async () => {
  const resolves: ((value: AnalysedLog) => void)[] = [];
  const logs = createLogs(
    (_, { signal }) =>
      new Promise((resolve, reject) => {
        resolves.push(resolve);
        signal.addEventListener("abort", () => reject(new InferscopeError("aborted", "Cancelled.")));
      }),
    () => 0,
  );
  const first = logs.analyse(file("one"));
  const second = logs.analyse(file("two"));
  resolves[0]?.(log);
  await first;
  expect(logs.store.getState()).toMatchObject({ running: { name: "two" }, result: null });
  logs.cancel();
  await second;
  expect(logs.store.getState()).toEqual({ running: null, result: null, error: null });
});
