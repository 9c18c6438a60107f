/** The engine in its threads: what is judged, what ends, and what comes after it. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { defaultSampling, now, requestId, type Prompt, type ResponseFormat } from "../../protocol/index.ts";
import { EngineThread, type RequestEvent } from "./engine-thread-client.ts";
import { Judge } from "./judge.ts";
import { defaultLimits } from "./limits.ts";
import { ServedEngine } from "./served-engine.ts";

const modelId = "scope-2m-q4f16_1";
const patience = { timeout: 30_000 };
let counter = 0;
const request = (prompt: Prompt, maxTokens = 4, responseFormat: ResponseFormat = { type: "text" }) => ({
  id: requestId(`test-${(counter += 1)}`),
  submittedMs: now(),
  prompt,
  sampling: { ...defaultSampling, maxTokens, ignoreEos: responseFormat.type === "text" },
  responseFormat,
  usePrefixCache: true,
});
const text = (content: string): Prompt => ({ type: "text", text: content });
const schema = (properties: object): ResponseFormat => ({
  type: "json_schema",
  schema: { type: "object", properties, required: Object.keys(properties), additionalProperties: false },
});
/** Compiles in more than half a minute. */
const heavy = schema(
  Object.fromEntries(
    Array.from({ length: 300 }, (_, index) => [`property_${index}`, { type: "string", maxLength: 1000 }]),
  ),
);
const light = schema({ a: { type: "boolean" } });
const always = () => true;

describe("the judge", () => {
  let judge: Judge;
  beforeAll(async () => {
    judge = await Judge.start({
      startThread: async () => (await EngineThread.start(modelId)).thread,
      contextWindow: 1024,
      deadlineMs: 3000,
      mostWaiting: 2,
    });
  }, 60_000);
  afterAll(() => judge.close());
  const check = (prompt: Prompt, format?: ResponseFormat, isWanted = always) =>
    judge.check(request(prompt, 4, format), isWanted).then(
      () => "passed",
      (error: unknown) => (error as { kind: string }).kind,
    );

  it("lets through what fits, and says what does not", async () => {
    expect(await check(text("Anna"))).toBe("passed");
    expect(await check(text("Anna"), light)).toBe("passed");
    expect(await check(text("one two ".repeat(600)))).toBe("request-too-large");
    expect(await check(text("a ".repeat(1100)))).toBe("request-too-large");
    expect(await check(text("Anna met Sam. ".repeat(160)))).toBe("passed");
    const messages = Array.from({ length: 2000 }, () => ({ role: "user" as const, content: "" }));
    expect(await check({ type: "messages", messages })).toBe("request-too-large");
    expect(await check(text("Anna"), { type: "json_schema", schema: { type: "nonsense" } })).toBe(
      "invalid-request",
    );
  });

  it("ends what takes longer than its deadline, lets the next ones wait, and goes on", async () => {
    const slow = check(text("Anna"), heavy);
    const next = check(text("Anna"), light);
    expect(await check(text("Anna"), light)).toBe("rate-limited");
    // Short text waits for nobody.
    expect(await check(text("Anna"))).toBe("passed");
    expect(await slow).toBe("invalid-request");
    expect(await next).toBe("passed");
    expect(await check(text("Anna"), light)).toBe("passed");
  });

  it("does not look at what nobody waits for any more", async () => {
    expect(
      await check(text("Anna"), { type: "json_schema", schema: { type: "nonsense" } }, () => false),
    ).toBe("passed");
  });
});

describe("an engine thread", () => {
  it("says which model is not there", async () => {
    await expect(EngineThread.start("scope-none")).rejects.toThrow("scope-none");
  });

  it("ends its calls and requests with it", async () => {
    const { thread } = await EngineThread.start(modelId);
    const events: RequestEvent[] = [];
    thread.submit(request(text("Anna"), 900), (event) => events.push(event));
    await expect.poll(() => events.length, patience).toBeGreaterThan(0);
    const call = thread.call("encode", { text: "a ".repeat(200_000) });
    call.catch(() => undefined);
    await thread.stop();
    await expect(call).rejects.toMatchObject({ kind: "worker-crashed" });
    expect(events.at(-1)).toMatchObject({ type: "failed", error: { kind: "worker-crashed" } });
    expect(events.filter(({ type }) => type !== "step")).toHaveLength(1);
    expect(thread.isEnded).toBe(true);
    await expect(thread.call("snapshot", null)).rejects.toMatchObject({ kind: "worker-crashed" });
  });
});

describe("the served engine", () => {
  let engine: ServedEngine;
  beforeAll(async () => {
    engine = await ServedEngine.start(modelId, defaultLimits);
  }, 60_000);
  afterAll(() => engine.close());
  const submit = (asked: ReturnType<typeof request>, isWanted = always) => {
    const events: RequestEvent[] = [];
    const ended = engine.submit(asked, (event) => events.push(event), isWanted);
    return { events, ended, last: () => events.at(-1) };
  };

  it("answers, tells its steps, and stops when it is told to", async () => {
    const asked = request(text("Anna"));
    const { events, last } = submit(asked);
    await expect.poll(() => last()?.type, patience).toBe("finished");
    expect(events.filter(({ type }) => type === "step").length).toBeGreaterThanOrEqual(4);
    const long = request(text("Anna"), 900);
    const other = submit(long);
    await expect.poll(() => other.events.length, patience).toBeGreaterThan(0);
    engine.abort(long.id);
    await expect.poll(() => other.last(), patience).toMatchObject({ choices: [{ finishReason: "abort" }] });
  });

  it("tells what the engine refuses, and what the judge does", async () => {
    const refused = submit(request({ type: "messages", messages: [] }));
    await expect.poll(refused.last, patience).toMatchObject({ type: "failed" });
    const long = submit(request(text("one two ".repeat(600))));
    await long.ended;
    expect(long.last()).toMatchObject({ type: "failed", error: { kind: "request-too-large" } });
    const gone = submit(request(text("Anna")), () => false);
    await gone.ended;
    expect(gone.events).toEqual([]);
  });
});

it("without a thread a request is told so", async () => {
  const other = await ServedEngine.start(modelId, defaultLimits);
  await other.close();
  const events: RequestEvent[] = [];
  await other.submit(request(text("Anna")), (event) => events.push(event), always);
  expect(events).toMatchObject([{ type: "failed", error: { kind: "worker-crashed" } }]);
  expect(await other.snapshot()).toBeNull();
});
