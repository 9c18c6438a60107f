import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import {
  defaultSampling,
  InferscopeError,
  requestId,
  type Prompt,
  type Request,
  type ResponseFormat,
  type SubmittedRequest,
} from "../../protocol/index.ts";
import { Judge, type JudgeOptions, type JudgeThread } from "./judge.ts";

/** Tokenizes a character a token; a grammar takes what the test says. */
class FakeThread {
  isEnded = false;
  readonly templated: Prompt[] = [];
  readonly submitted: SubmittedRequest[] = [];
  /** What comes of the next grammar: null never comes. */
  grammar: "fits" | "refused" | null = "fits";
  #reject: (error: Error) => void = () => undefined;

  call(_name: string, { prompt }: { readonly prompt: Prompt }) {
    this.templated.push(prompt);
    const text = prompt.type === "text" ? prompt.text : "";
    const tokenIds = Array.from(text, (_, index) => index);
    if (text.startsWith("slow")) return new Promise((_resolve, reject) => (this.#reject = reject));
    return Promise.resolve({ text, tokenIds, pieces: [] });
  }

  submit(request: SubmittedRequest, listener: (event: unknown) => void): void {
    this.submitted.push(request);
    listener({ type: "step" });
    if (this.grammar === "fits") listener({ type: "finished" });
    else if (this.grammar === "refused") {
      listener({ type: "failed", error: { kind: "invalid-request", message: "no such type" } });
    } else
      this.#reject = (error) =>
        listener({ type: "failed", error: { kind: "worker-crashed", message: error.message } });
  }

  stop(): Promise<void> {
    this.isEnded = true;
    this.#reject(new InferscopeError("worker-crashed", "ended"));
    return Promise.resolve();
  }
}

let threads: FakeThread[];
let judge: Judge;
let counter = 0;
let starts: () => Promise<FakeThread>;
const options = (changed: Partial<JudgeOptions> = {}): JudgeOptions => ({
  startThread: async () => (await starts()) as unknown as JudgeThread,
  contextWindow: 3000,
  deadlineMs: 1000,
  mostWaiting: 2,
  ...changed,
});
beforeEach(async () => {
  vi.useFakeTimers();
  threads = [];
  starts = () => {
    const thread = new FakeThread();
    threads.push(thread);
    return Promise.resolve(thread);
  };
  judge = await Judge.start(options());
});
afterEach(async () => {
  await judge.close();
  vi.useRealTimers();
});

const schema: ResponseFormat = { type: "json_schema", schema: {} };
const request = (prompt: Prompt, responseFormat: ResponseFormat = { type: "text" }): Request => ({
  id: requestId(`r-${(counter += 1)}`),
  prompt,
  sampling: { ...defaultSampling, maxTokens: 77 },
  responseFormat,
  usePrefixCache: true,
});
const text = (content: string): Prompt => ({ type: "text", text: content });
const check = (asked: Request, isWanted = () => true, by = judge) =>
  by.check(asked, isWanted).then(
    () => "passed",
    (error: unknown) => (error as InferscopeError).kind,
  );
const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);

describe("the judge", () => {
  it("warms a thread up before it judges", () => {
    expect(threads).toHaveLength(1);
    expect(threads[0]!.submitted).toMatchObject([
      { id: "judged-0", responseFormat: { type: "json_object" }, sampling: { maxTokens: 1 } },
    ]);
  });

  it("does not look at a short text, whose grammar is none", async () => {
    expect(await check(request(text("a".repeat(2000))))).toBe("passed");
    expect(threads[0]!.templated).toEqual([]);
    expect(await check(request(text("a".repeat(2001))))).toBe("passed");
    expect(threads[0]!.templated).toHaveLength(1);
    expect(threads[0]!.submitted).toHaveLength(1);
  });

  it("counts what a template writes around messages", async () => {
    const chat = (count: number, content: string): Prompt => ({
      type: "messages",
      messages: Array.from({ length: count }, () => ({ role: "user", content })),
    });
    expect(await check(request(chat(62, "")))).toBe("passed");
    expect(threads[0]!.templated).toHaveLength(0);
    expect(await check(request(chat(63, "")))).toBe("passed");
    expect(threads[0]!.templated).toHaveLength(1);
    expect(await check(request(chat(1, "a".repeat(1969))))).toBe("passed");
    expect(threads[0]!.templated).toHaveLength(2);
  });

  it("refuses a prompt that fills the context, by its tokens", async () => {
    expect(await check(request(text("a".repeat(2999))))).toBe("passed");
    await expect(judge.check(request(text("a".repeat(3000))), () => true)).rejects.toMatchObject({
      kind: "request-too-large",
      message: expect.stringMatching(/3000 tokens.*context window of 3000/) as string,
    });
  });

  it("refuses one that cannot fit by its characters, without a look", async () => {
    await expect(judge.check(request(text("a".repeat(3000 * 64 + 1))), () => true)).rejects.toMatchObject({
      kind: "request-too-large",
      message: expect.stringContaining("192001 characters") as string,
    });
    expect(threads[0]!.templated).toEqual([]);
    expect(await check(request(text("a".repeat(3000 * 64))))).toBe("request-too-large");
    expect(threads[0]!.templated).toHaveLength(1);
  });

  it("refuses none for its length where the model has no limit", async () => {
    const other = await Judge.start(options({ contextWindow: null }));
    expect(await check(request(text("a".repeat(500_000))), () => true, other)).toBe("passed");
    expect(await check(request({ type: "tokens", tokenIds: Array(2001).fill(1) }), () => true, other)).toBe(
      "passed",
    );
    expect(threads[1]!.templated).toHaveLength(2);
    await other.close();
  });

  it("compiles a schema for one token of an answer, each under a name of its own", async () => {
    expect(await check(request(text("ab"), schema))).toBe("passed");
    expect(await check(request(text("ab"), schema))).toBe("passed");
    expect(threads[0]!.submitted.slice(1)).toMatchObject(
      ["judged-1", "judged-2"].map((id) => ({
        id,
        prompt: { type: "tokens", tokenIds: [1] },
        sampling: { maxTokens: 1 },
        responseFormat: schema,
        usePrefixCache: false,
      })),
    );
  });

  it("says what the engine says of a schema", async () => {
    threads[0]!.grammar = "refused";
    await expect(judge.check(request(text("a"), schema), () => true)).rejects.toMatchObject({
      kind: "invalid-request",
      message: "no such type",
    });
    expect(threads).toHaveLength(1);
  });

  it("ends a thread at the deadline, and goes on with a fresh one", async () => {
    threads[0]!.grammar = null;
    const slow = judge.check(request(text("a"), schema), () => true);
    slow.catch(() => undefined);
    await pass(999);
    expect(threads[0]!.isEnded).toBe(false);
    await pass(1);
    await expect(slow).rejects.toMatchObject({
      kind: "invalid-request",
      message: expect.stringContaining("longer than 1 s") as string,
    });
    expect(threads).toHaveLength(2);
    expect(await check(request(text("a"), schema))).toBe("passed");
    expect(threads[1]!.submitted).toHaveLength(2);
  });

  it("has the same deadline for a prompt", async () => {
    const slow = check(request(text(`slow${"a".repeat(2000)}`)));
    await pass(1000);
    expect(await slow).toBe("invalid-request");
  });

  it("gives each its time from the beginning of its turn, and none after it", async () => {
    expect(await check(request(text("a"), schema))).toBe("passed");
    await pass(5000);
    expect(threads[0]!.isEnded).toBe(false);
  });

  it("lets so many wait, and refuses the next", async () => {
    threads[0]!.grammar = null;
    const first = check(request(text("a"), schema));
    const second = check(request(text("a"), schema));
    await expect(judge.check(request(text("a"), schema), () => true)).rejects.toMatchObject({
      kind: "rate-limited",
    });
    expect(await check(request(text("a")))).toBe("passed");
    await pass(1000);
    expect([await first, await second]).toEqual(["invalid-request", "passed"]);
    expect(await check(request(text("a"), schema))).toBe("passed");
  });

  it("does not look at what nobody waits for any more", async () => {
    expect(await check(request(text("a"), schema), () => false)).toBe("passed");
    expect(threads[0]!.templated).toEqual([]);
  });

  it("tells a thread that died by itself as that, and starts a fresh one", async () => {
    threads[0]!.grammar = null;
    const victim = check(request(text("a"), schema));
    await pass(0);
    await threads[0]!.stop();
    expect(await victim).toBe("worker-crashed");
    expect(threads).toHaveLength(2);
  });

  it("tries again with the next request where none started", async () => {
    threads[0]!.grammar = null;
    const good = starts;
    starts = () => Promise.reject(new InferscopeError("out-of-memory", "no memory"));
    const slow = check(request(text("a"), schema));
    await pass(1000);
    expect(await slow).toBe("invalid-request");
    expect(await check(request(text("a"), schema))).toBe("out-of-memory");
    starts = good;
    expect(await check(request(text("a"), schema))).toBe("passed");
    expect(threads).toHaveLength(2);
  });

  it("starts no thread once it is closed, and lets what waits go", async () => {
    threads[0]!.grammar = null;
    const running = check(request(text("a"), schema));
    const waiting = check(request(text("a"), schema));
    await pass(0);
    await judge.close();
    expect(threads[0]!.isEnded).toBe(true);
    expect([await running, await waiting]).toEqual(["worker-crashed", "passed"]);
    expect(threads).toHaveLength(1);
  });

  it("can be closed where no thread is there", async () => {
    threads[0]!.grammar = null;
    starts = () => Promise.reject(new Error("no memory"));
    const slow = check(request(text("a"), schema));
    await pass(1000);
    await slow;
    await expect(judge.close()).resolves.toBeUndefined();
  });
});
