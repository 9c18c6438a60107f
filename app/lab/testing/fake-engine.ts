/**
 * An engine for tests: answers from a function, on a clock that it moves itself. A call takes
 * `perCall + perPrompt · prompt tokens` to its first token and `perOutput` for each further one;
 * a token is a word.
 */
import {
  InferscopeError,
  type Generation,
  type GenerationResult,
  type Message,
} from "../../../protocol/index.ts";
import type { LabEngine } from "../run-plan.ts";

export interface FakeCosts {
  readonly perCall: number;
  readonly perPrompt: number;
  readonly perOutput: number;
}

/** Of all fakes: names are unique on a page, whichever engine answers. */
let numRequests = 0;

/** Different words, different ids. */
const tokenIdOf = (word: string): number =>
  Array.from(word.trim()).reduce((hash, letter) => (hash * 31 + (letter.codePointAt(0) ?? 0)) % 65_521, 0);

export class FakeEngine implements LabEngine {
  readonly log: string[] = [];
  nowMs = 1000;
  readonly #answer: (messages: readonly Message[]) => string | InferscopeError;
  readonly #costs: FakeCosts;
  #running = 0;
  mostAtOnce = 0;

  constructor(
    answer: (messages: readonly Message[]) => string | InferscopeError,
    costs: FakeCosts = { perCall: 5, perPrompt: 0.5, perOutput: 2 },
  ) {
    this.#answer = answer;
    this.#costs = costs;
  }

  readonly clearCache = (): Promise<void> => {
    this.log.push("clear");
    return Promise.resolve();
  };

  readonly generate: LabEngine["generate"] = ({ messages = [] }) => {
    const submittedMs = this.nowMs;
    const answer = this.#answer(messages);
    this.log.push("generate");
    numRequests += 1;
    const requestId = `req-${numRequests}`;
    let aborted = false;
    const numPromptTokens = messages
      .map(({ content }) => content.split(/\s+/).length)
      .reduce((a, b) => a + b, 0);
    const words = answer instanceof InferscopeError ? [] : answer.split(/(?<=\s)/);
    const { perCall, perPrompt, perOutput } = this.#costs;
    const ttftMs = perCall + perPrompt * numPromptTokens;
    this.#running += 1;
    this.mostAtOnce = Math.max(this.mostAtOnce, this.#running);
    const result = Promise.resolve().then(async (): Promise<GenerationResult> => {
      for (let turn = 0; turn < 3; turn++) await Promise.resolve();
      this.#running -= 1;
      if (answer instanceof InferscopeError) throw answer;
      const e2eLatencyMs = ttftMs + perOutput * (words.length - 1);
      this.nowMs = Math.max(this.nowMs, submittedMs + e2eLatencyMs);
      return {
        requestId,
        submittedMs,
        tokenIds: words.map(tokenIdOf),
        text: answer,
        finishReason: aborted ? "abort" : "stop",
        choices: [],
        metrics: {
          numPromptTokens,
          numCachedTokens: 0,
          numOutputTokens: words.length,
          numPreemptions: 0,
          queueTimeMs: 0,
          prefillTimeMs: ttftMs,
          ttftMs,
          itlMs: words.slice(1).map(() => perOutput),
          tpotMs: words.length > 1 ? perOutput : null,
          e2eLatencyMs,
        },
      };
    });
    const generation: Generation = {
      requestId,
      result,
      abort: () => {
        aborted = true;
      },
      [Symbol.asyncIterator]: async function* () {
        await result;
        for (const [index, text] of words.entries()) {
          yield {
            tokenId: tokenIdOf(text),
            text,
            index,
            choice: 0,
            atMs: submittedMs + ttftMs + perOutput * index,
          };
        }
      },
    };
    return generation;
  };
}
