/** What a request tells at its end: each choice, and metrics that add up over the choices. */
import { expect, test } from "vitest";

import { defaultSampling, epochMs, requestId, type StepTrace } from "../../protocol/index.ts";
import { ActiveRequest } from "./active-request.ts";
import { Sequence } from "./sequence.ts";
import { range } from "./testing/alone.ts";
import { Harness, request, type Terminal } from "./testing/harness.ts";

function metricsOf(end: Terminal) {
  if (end.type !== "finished") throw new Error(`it ${end.type}`);
  return end.metrics;
}

/** When a sequence's tokens were read, ms of the virtual clock. */
const tokenTimes = (steps: readonly StepTrace[], choice: number): number[] =>
  steps
    .filter(({ sequences }) => sequences.some((row) => row.choice === choice && row.newTokenIds.length > 0))
    .map(({ startMs, totalMs }) => startMs + totalMs);

test("of several choices, times between tokens are the first's, counts and the end are all's", async () => {
  const harness = await Harness.create({ prefixCache: false, numBlocks: 8, maxNumSeqs: 8 });
  // Stopped by its own tokens, so that the choices end at different times.
  const seed = 7;
  harness.submit("free", { prompt: range(9), n: 3, temperature: 1, seed, maxTokens: 20 });
  await harness.engine.whenIdle();
  const stop = harness.end("free").choices![0]!.tokenIds[14]!;
  harness.steps.length = 0;
  harness.submit("r", { prompt: range(9), n: 3, temperature: 1, seed, maxTokens: 20, stopTokenIds: [stop] });
  await harness.engine.whenIdle();

  const end = harness.end("r");
  const metrics = metricsOf(end);
  const times = [0, 1, 2].map((choice) => tokenTimes(harness.steps, choice));
  const submittedMs = times[0]![0]! - metrics.ttftMs!;
  const preemptions = harness.steps.flatMap(({ preemptions: each }) => each);
  expect(end.choices!.map(({ index }) => index)).toEqual([0, 1, 2]);
  expect(end.choices!.map(({ tokenIds }) => tokenIds.length)).toEqual(times.map((each) => each.length));
  expect(end.choices![0]!.tokenIds.length).toBeLessThan(20);
  expect(metrics.numOutputTokens).toBe(times.flat().length);
  expect(metrics.itlMs).toEqual(times[0]!.slice(1).map((time, index) => time - times[0]![index]!));
  expect(metrics.e2eLatencyMs).toBe(Math.max(...times.flat()) - submittedMs);
  expect(metrics.numPreemptions).toBe(preemptions.length);
  expect(preemptions.length).toBeGreaterThan(0);
  expect(end.choices!.some((choice) => "logprobs" in choice)).toBe(false);
  expect(metrics.constraint).toBeUndefined();
});

test("cached tokens are those of the first admission, though a preempted request finds more", async () => {
  const harness = await Harness.create({ numBlocks: 12, maxNumSeqs: 8 });
  for (let index = 0; index < 4; index += 1) {
    harness.submit(`r${index}`, { prompt: range(15, index + 1), maxTokens: 20 });
  }
  await harness.engine.whenIdle();
  const cached = harness.steps.flatMap(({ sequences }) => sequences.map((row) => row.numCachedTokens));
  expect(Math.max(...cached)).toBeGreaterThan(0);
  for (let index = 0; index < 4; index += 1) {
    expect(metricsOf(harness.end(`r${index}`))).toMatchObject({ numCachedTokens: 0, numPromptTokens: 15 });
  }
});

test("one that never ran has no times but the end's, and none of its tokens were cached", async () => {
  const harness = await Harness.create({}, {}, () => epochMs(5000));
  harness.engine.submit({ ...request("r", { prompt: range(9) }), submittedMs: epochMs(4000) });
  harness.abort("r");
  await harness.engine.whenIdle();
  expect(metricsOf(harness.end("r"))).toMatchObject({
    queueTimeMs: null,
    ttftMs: null,
    e2eLatencyMs: 1000,
    numCachedTokens: 0,
    numOutputTokens: 0,
  });
  expect(harness.end("r").choices).toEqual([{ index: 0, tokenIds: [], text: "", finishReason: "abort" }]);
});

test("the wait before the engine counts where the caller says when it began", async () => {
  const harness = await Harness.create({}, {}, () => epochMs(5000));
  harness.engine.submit({ ...request("early", { prompt: [1] }), submittedMs: epochMs(4000) });
  harness.submit("now", { prompt: [1] });
  await harness.engine.whenIdle();
  expect(metricsOf(harness.end("early"))).toMatchObject({ queueTimeMs: 1000, ttftMs: 1000 });
  expect(metricsOf(harness.end("now"))).toMatchObject({ queueTimeMs: 0, ttftMs: 0, e2eLatencyMs: 0 });
});

test("it is done when every choice is; choices arrive one after the other", () => {
  const active = new ActiveRequest(request("r", { prompt: [1], n: 2 }), 4);
  const [first, second] = active.sequences;
  expect([first!.arrival, second!.arrival]).toEqual([4, 5]);
  first!.state = "finished";
  expect(active.isDone).toBe(false);
  second!.state = "finished";
  expect(active.isDone).toBe(true);
});

test("a sequence is called by its request, and by its choice where there are several", () => {
  const sampling = { ...defaultSampling, n: 1 };
  const of = (n: number, choice: number): string =>
    new Sequence(
      { ...request("req-7", { prompt: [1] }), requestId: requestId("req-7"), sampling: { ...sampling, n } },
      choice,
      0,
    ).label;
  expect(of(1, 0)).toBe("req-7");
  expect(of(3, 2)).toBe("req-7 (choice 2)");
});
