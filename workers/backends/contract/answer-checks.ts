/** The contract's checks of answers, on a loaded model. */
import { counted, epochMs, type ResponseFormat } from "../../../protocol/index.ts";
import { finished, isTerminal, request, streamedText, text } from "./requests.ts";
import { ask, expect, failure, NotApplicable, quoted, refusal, type ContractCheck } from "./support.ts";

export const answerChecks: readonly ContractCheck[] = [
  {
    name: "streams an answer that ends with one event, after its text",
    async run({ backend }) {
      const ended = await ask(backend, request(text("Say something."), { maxTokens: 12 }));
      const { choices, metrics: told } = finished(ended);
      const metrics = counted(told);
      expect(ended.events.filter(isTerminal).length === 1, "more than one terminal event");
      expect(ended.events.findIndex(isTerminal) === ended.events.length - 1, "events after the end");
      expect(
        choices.length === 1 && choices[0]?.text === streamedText(ended),
        "streamed and final text differ",
      );
      expect(
        metrics.numOutputTokens > 0 && metrics.numOutputTokens <= 12,
        `${metrics.numOutputTokens} tokens`,
      );
      expect(metrics.numPromptTokens > 0, "no prompt tokens counted");
      const ids = choices[0].tokenIds.length;
      if (backend.capabilities.tokenIds) {
        expect(ids === metrics.numOutputTokens, `${ids} token ids for ${metrics.numOutputTokens} tokens`);
      }
      if (!backend.capabilities.cachedTokenCounts) {
        expect(metrics.numCachedTokens === null, "counts cached tokens, which it says that it cannot");
      }
      return `${metrics.numPromptTokens} prompt and ${metrics.numOutputTokens} output tokens: ${quoted(choices[0].text)}`;
    },
  },
  {
    name: "tells times that add up",
    async run({ backend }) {
      const { metrics } = finished(await ask(backend, request(text("Count."), { ignoreEos: true })));
      const { ttftMs, itlMs, chunkGapMs = itlMs, queueTimeMs, prefillTimeMs, e2eLatencyMs } = metrics;
      if (ttftMs === null) throw new Error("no time to first token");
      expect(chunkGapMs.every((gap) => gap >= 0) && (queueTimeMs ?? 0) >= 0, "negative times");
      const sum = chunkGapMs.reduce((total, gap) => total + gap, ttftMs);
      expect(Math.abs(sum - e2eLatencyMs) < 1, `TTFT and gaps are ${sum} ms, end to end ${e2eLatencyMs} ms`);
      const split = (queueTimeMs ?? 0) + (prefillTimeMs ?? 0);
      expect(prefillTimeMs === null || Math.abs(split - ttftMs) < 1, `queue and prefill are ${split} ms`);
      return `TTFT ${ttftMs.toFixed(1)} ms and ${chunkGapMs.length} gaps make ${e2eLatencyMs.toFixed(1)} ms`;
    },
  },
  {
    name: "counts times from when the request was submitted, not from when it arrived",
    async run({ backend }) {
      const asked = request(text("Late."));
      const onTheWayMs = 10_000;
      const late = { ...asked, submittedMs: epochMs(asked.submittedMs - onTheWayMs) };
      const { ttftMs, queueTimeMs, e2eLatencyMs } = finished(await ask(backend, late)).metrics;
      expect((ttftMs ?? 0) >= onTheWayMs, `TTFT is ${ttftMs ?? "unknown"} ms`);
      expect(queueTimeMs === null || queueTimeMs >= onTheWayMs, `queue time is ${queueTimeMs ?? ""} ms`);
      expect(e2eLatencyMs >= onTheWayMs, `end to end is ${e2eLatencyMs} ms`);
      return `${onTheWayMs} ms on the way are part of TTFT and end-to-end time`;
    },
  },
  {
    name: "gives the same greedy text twice",
    async run({ backend }) {
      const first = finished(await ask(backend, request(text("Again?"))));
      const second = finished(await ask(backend, request(text("Again?"))));
      const [a, b] = [first.choices[0]?.text, second.choices[0]?.text];
      expect(a === b, `${quoted(a)}, then ${quoted(b)}`);
      return quoted(a);
    },
  },
  {
    name: "goes on to the number of tokens asked for",
    async run({ backend }) {
      const { choices, metrics } = finished(
        await ask(backend, request(text("Go on."), { maxTokens: 16, ignoreEos: true })),
      );
      expect(metrics.numOutputTokens === 16, `${metrics.numOutputTokens ?? "uncounted"} tokens for 16`);
      expect(choices[0]?.finishReason === "length", `ends with "${choices[0]?.finishReason ?? ""}"`);
      return "16 tokens, ended by length";
    },
  },
  {
    name: "stops before a stop string",
    async run({ backend }) {
      const free = finished(await ask(backend, request(text("Tell a story."), { maxTokens: 24 })));
      const answer = free.choices[0]?.text ?? "";
      const stop = /\w/.exec(answer.slice(1))?.[0];
      if (stop === undefined) throw new NotApplicable(`${quoted(answer)} holds nothing to stop at`);
      const { choices } = finished(
        await ask(backend, request(text("Tell a story."), { maxTokens: 24, stop: [stop] })),
      );
      const before = answer.slice(0, answer.indexOf(stop));
      expect(choices[0]?.text === before, `${quoted(choices[0]?.text)} instead of ${quoted(before)}`);
      expect(choices[0].finishReason === "stop", `ends with "${choices[0].finishReason}"`);
      return `${quoted(before)} before ${quoted(stop)}`;
    },
  },
  {
    name: "counts prompt tokens that were cached, and forgets them when told to",
    async run({ backend }) {
      const { cachedTokenCounts, prefixCache } = backend.capabilities;
      if (prefixCache === "server") throw new NotApplicable("its cache is the server's, shared with others");
      if (!cachedTokenCounts || prefixCache === "none") throw new NotApplicable("it does not count them");
      const question = `Reply with one short word. ${"The weather in the mountains was fine. ".repeat(8)}`;
      const opening = { role: "user", content: question } as const;
      backend.clearCache();
      const first = finished(
        await ask(backend, request({ type: "messages", messages: [opening] }, { maxTokens: 48 })),
      );
      const answer = first.choices[0];
      expect(first.metrics.numCachedTokens === 0, `${first.metrics.numCachedTokens ?? "?"} after emptying`);
      if (prefixCache === "last-conversation" && answer?.finishReason !== "stop") {
        throw new NotApplicable("the answer did not end by itself, so no conversation is kept");
      }
      const messages = [
        opening,
        { role: "assistant", content: answer?.text ?? "" } as const,
        { role: "user", content: "And another?" } as const,
      ];
      const next = request({ type: "messages", messages });
      const second = counted(finished(await ask(backend, next)).metrics);
      expect((second.numCachedTokens ?? 0) > 0, "none of the conversation before was found");
      expect((second.numCachedTokens ?? 0) < second.numPromptTokens, "more cached than the prompt holds");
      const again = { ...request({ type: "messages", messages }), usePrefixCache: false };
      const uncached = finished(await ask(backend, again)).metrics.numCachedTokens;
      expect(uncached === 0, `${uncached ?? "?"} cached without the cache`);
      return `${second.numCachedTokens ?? 0} of ${second.numPromptTokens} prompt tokens`;
    },
  },
  {
    name: "holds an answer to a JSON schema",
    async run({ backend }) {
      if (!backend.capabilities.structuredOutput) throw new NotApplicable("it has no structured output");
      const properties = { colour: { enum: ["red", "blue"] } };
      const schema = { type: "object", properties, required: ["colour"], additionalProperties: false };
      const responseFormat: ResponseFormat = { type: "json_schema", schema };
      const asked = { ...request(text("Which colour?"), { maxTokens: 48 }), responseFormat };
      const { choices } = finished(await ask(backend, asked));
      const answer = choices[0]?.text ?? "";
      expect(answer === '{"colour": "red"}' || answer === '{"colour": "blue"}', quoted(answer));
      return answer;
    },
  },
  {
    name: "tells log-probabilities, the most likely first",
    async run({ backend }) {
      if (!backend.capabilities.logprobs) throw new NotApplicable("it tells none");
      const asked = request(text("Guess."), { logprobs: 3, temperature: 1, seed: 7 });
      const { choices } = finished(await ask(backend, asked));
      const lists = choices[0]?.logprobs ?? [];
      expect(lists.length > 0, "none came");
      for (const list of lists) {
        const values = list.map(({ logprob }) => logprob);
        expect(values.length === 3, `${values.length} for a token, 3 were asked for`);
        expect(
          values.every((value, at) => value <= (values[at - 1] ?? 1e-6)),
          `not in order: ${values.join(", ")}`,
        );
      }
      return `${lists.length} tokens, 3 each`;
    },
  },
  {
    name: "refuses what it says that it lacks",
    async run({ backend }) {
      const { tokenIds, logprobs } = backend.capabilities;
      const lacking = [
        ...(tokenIds ? [] : [request({ type: "tokens", tokenIds: [1, 2] })]),
        ...(logprobs ? [] : [request(text("hi"), { logprobs: 1 })]),
      ];
      if (lacking.length === 0) throw new NotApplicable("it lacks nothing that can be asked for");
      for (const asked of lacking) {
        const { kind } = refusal(() => backend.submit(asked, () => undefined));
        expect(kind === "unsupported", `refused with ${kind}, not unsupported`);
      }
      return Promise.resolve(`${lacking.length} kinds of request refused`);
    },
  },
  {
    name: "fails a prompt beyond its context, and serves on",
    async run({ backend }) {
      const { contextWindow = null } = backend.status().model ?? {};
      if (contextWindow === null || contextWindow > 40_000) {
        throw new NotApplicable(contextWindow === null ? "it tells no context" : "its context is long");
      }
      const large = request(text("one two ".repeat(contextWindow)));
      const kind = await failure(backend, large);
      expect(kind === "request-too-large", `fails with ${kind}`);
      finished(await ask(backend, request(text("Still there?"))));
      return `context of ${contextWindow} tokens`;
    },
  },
  {
    name: "aborts with what there is, once",
    async run({ backend }) {
      const long = request(text("A long story"), { maxTokens: 500, ignoreEos: true });
      const ended = await ask(backend, long, () => backend.abort(long.id));
      const { choices, metrics } = finished(ended);
      expect(choices[0]?.finishReason === "abort", `ends with "${choices[0]?.finishReason ?? ""}"`);
      expect(ended.events.filter(isTerminal).length === 1, "more than one terminal event");
      backend.abort(long.id);
      return `after ${metrics.numOutputTokens ?? "some"} of 500 tokens`;
    },
  },
  {
    name: "ends every one of several requests, a waiting one that is aborted too",
    async run({ backend }) {
      const all = ["a", "b", "c", "d"].map((word) => request(text(word)));
      const dropped = request(text("e"), { maxTokens: 500, ignoreEos: true });
      const running = [...all, dropped].map((each) => ask(backend, each));
      backend.abort(dropped.id);
      const ended = (await Promise.all(running)).map((each) => finished(each));
      expect(
        ended.every(({ choices }) => choices.length === 1),
        "an answer without a choice",
      );
      expect(ended.at(-1)?.choices[0]?.finishReason === "abort", "the aborted one ran on");
      const waits = ended.slice(0, 4).map(({ metrics }) => metrics.queueTimeMs ?? 0);
      if (backend.capabilities.batching === "queue") {
        expect(
          waits.every((wait, at) => wait >= (waits[at - 1] ?? 0)),
          "not served in turn",
        );
      }
      return `waited ${waits.map((wait) => wait.toFixed(0)).join(", ")} ms`;
    },
  },
];
