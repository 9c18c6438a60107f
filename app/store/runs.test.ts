import { describe, expect, it, vi } from "vitest";

import { InferscopeError, type StepTrace } from "../../protocol/index.ts";
import type { LabContext } from "../lab/context.ts";
import type { Report } from "../lab/experiment.ts";
import { FakeEngine } from "../lab/testing/fake-engine.ts";
import { labOn } from "../lab/testing/experiments.ts";
import { servingLab } from "../lab/testing/serving-lab.ts";
import { createRuns, shownRun } from "./runs.ts";
import { createStepFeed } from "./step-feed.ts";

function setUp(
  lab: Partial<LabContext>,
  save = vi.fn((_: Report) => Promise.resolve<string | null>("report-1")),
) {
  const listeners: ((trace: StepTrace) => void)[] = [];
  const frames: (() => void)[] = [];
  const feed = createStepFeed(
    { onStep: (listener) => (listeners.push(listener), () => undefined) },
    (frame) => frames.push(frame),
  );
  const runs = createRuns({ lab: lab as LabContext, feed, save, hold: (work) => work() });
  return { runs, save, frames, nextFrame: () => frames.splice(0).forEach((frame) => frame()) };
}

const ended = (runs: ReturnType<typeof setUp>["runs"]) =>
  // The first run loads the experiment's code.
  vi.waitFor(() => expect(runs.store.getState().active).toBeNull(), 20_000);

const answering = () => labOn(new FakeEngine(() => "one two three"));

describe("a run", () => {
  it("is kept as a report, whole, with its progress gone", async () => {
    const { runs, save } = setUp(answering());
    runs.start("compare", { rows: 1 });
    expect(runs.store.getState()).toMatchObject({
      active: "compare",
      latest: { compare: { state: "running" } },
    });
    await ended(runs);
    const { latest, whole } = runs.store.getState();
    expect(latest.compare).toMatchObject({
      state: "done",
      progress: null,
      reportId: "report-1",
      error: null,
    });
    expect(latest.compare?.report?.samples).toHaveLength(3);
    expect(whole.compare).toBe(latest.compare);
    expect(save).toHaveBeenCalledExactlyOnceWith(latest.compare?.report);
  });

  it("gives a script what the view gets, by the same way", async () => {
    const { runs, save } = setUp(answering());
    const events: string[] = [];
    const report = await runs.run("compare", {
      rows: 1,
      onEvent: (event: { type: string }) => events.push(event.type),
    });
    expect(runs.store.getState().whole.compare?.report).toBe(report);
    expect(save).toHaveBeenCalledOnce();
    expect(new Set(events)).toEqual(new Set(["sample", "call", "sample-done", "progress"]));
  });

  it("goes on alone: another is refused, and starts nothing", async () => {
    const { runs } = setUp(answering());
    runs.start("compare", { rows: 1 });
    await expect(runs.run("batch", {})).rejects.toThrow("Another run goes on");
    runs.start("batch", {});
    expect(runs.store.getState()).toMatchObject({ active: "compare" });
    expect(runs.store.getState().latest.batch).toBeUndefined();
    await ended(runs);
  });

  it("that fails says why, leaves the whole result, and can be run again", async () => {
    let broken = false;
    const engine = new FakeEngine(() => (broken ? new InferscopeError("device-lost", "gone") : "one"));
    const { runs, save } = setUp(labOn(engine));
    await runs.run("compare", { rows: 1 });
    broken = true;
    runs.start("compare", { rows: 1 });
    await ended(runs);
    const { latest, whole } = runs.store.getState();
    expect(latest.compare).toMatchObject({ state: "failed", error: { kind: "device-lost" }, report: null });
    expect(shownRun(latest.compare ?? null, whole.compare ?? null)).toMatchObject({
      shown: { key: 1 },
      error: { kind: "device-lost" },
      wasCancelled: false,
    });
    expect(save).toHaveBeenCalledOnce();
    broken = false;
    await runs.run("compare", { rows: 1 });
    expect(runs.store.getState().latest.compare?.error).toBeNull();
  });

  it("with options that cannot be says so before anything runs", async () => {
    const engine = new FakeEngine(() => "one");
    const { runs } = setUp(labOn(engine));
    await expect(runs.run("compare", { rows: 0 })).rejects.toThrow("The option rows is 0.");
    expect(runs.store.getState().latest.compare?.state).toBe("failed");
    expect(engine.log).toEqual([]);
  });
});

describe("a cancelled run", () => {
  const cancelAfter = (runs: ReturnType<typeof setUp>["runs"], done: number) =>
    runs.store.subscribe(({ latest }) => {
      if ((latest.compare?.progress?.done ?? 0) >= done) runs.cancel();
    });

  it("is kept and marked, and does not take the whole one's place", async () => {
    const { runs, save } = setUp(answering());
    await runs.run("compare", { rows: 2 });
    const stop = cancelAfter(runs, 2);
    runs.start("compare", { rows: 5 });
    await ended(runs);
    stop();
    const { latest, whole } = runs.store.getState();
    expect(latest.compare).toMatchObject({ key: 2, state: "cancelled", error: null });
    expect(latest.compare?.report).toMatchObject({ aborted: true });
    expect(whole.compare).toMatchObject({ key: 1, state: "done" });
    expect(save).toHaveBeenCalledTimes(2);
    expect(shownRun(latest.compare ?? null, whole.compare ?? null)).toMatchObject({
      shown: { key: 1 },
      wasCancelled: true,
      error: null,
    });
  });

  it("is shown where there is no whole one", async () => {
    const { runs } = setUp(answering());
    const stop = cancelAfter(runs, 1);
    runs.start("compare", { rows: 5 });
    await ended(runs);
    stop();
    const { latest, whole } = runs.store.getState();
    expect(whole.compare).toBeUndefined();
    expect(shownRun(latest.compare ?? null, null)).toMatchObject({ shown: { key: 1 }, wasCancelled: false });
  });

  it("without anything measured leaves no report and no error", async () => {
    const { runs, save } = setUp(answering());
    await expect(runs.run("compare", { signal: AbortSignal.abort() })).rejects.toMatchObject({
      kind: "aborted",
    });
    expect(runs.store.getState().latest.compare).toMatchObject({
      state: "cancelled",
      report: null,
      error: null,
    });
    expect(save).not.toHaveBeenCalled();
  });
});

it("is drawn at most once a frame, however many events come", async () => {
  const { lab } = servingLab();
  const { runs, nextFrame, frames } = setUp(lab);
  let mostFrames = 0;
  await runs.run("batch", {
    ...{ requests: 4, maxTokens: 4, modes: ["continuous"], sweep: [] },
    onEvent: () => (mostFrames = Math.max(mostFrames, frames.length)),
  });
  expect(mostFrames).toBe(1);
  const { live } = runs.store.getState().latest.batch ?? {};
  expect(live?.modes[0]?.log.lanes).toHaveLength(4);
  expect(live?.modes[0]?.log.lanes.every(({ endMs }) => endMs !== null)).toBe(true);
  nextFrame();
});
