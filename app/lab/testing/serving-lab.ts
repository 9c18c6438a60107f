/** What serving experiments run on, in tests: a prompt's tokens are its words. */
import type { GenerateRequest, Message } from "../../../protocol/index.ts";
import type { LabContext } from "../context.ts";
import { evaluateAnswers } from "../workloads/own/evaluate-answers.ts";
import type { Environment } from "../environment.ts";
import { FakeServing, wordId } from "./fake-serving.ts";

const environment: Environment = {
  ...{
    adapter: "fake adapter",
    isSoftwareAdapter: true,
    features: [],
    isolation: true,
    clockResolution: 0.1,
  },
  ...{
    appVersion: "0",
    modelId: "fake",
    weightsHash: null,
    quantization: null,
    runner: "gpu",
    backend: "paged",
  },
  ...{ syntheticWeights: null, userAgent: "test", date: "2026-11-24T00:00:00.000Z" },
};

export function servingLab() {
  const serving = new FakeServing();
  const words = (messages: readonly Message[]) =>
    messages.flatMap(({ content }) => content.split(/(?<=\s)/)).filter((word) => word !== "");
  const promptOf = (messages: readonly Message[]) => words(messages).map((word) => wordId(word.trim()));
  const lab: Omit<LabContext, "engine"> = {
    serving: Object.assign(Object.create(serving) as FakeServing, {
      generate: (request: GenerateRequest) =>
        serving.generate({
          ...request,
          promptTokenIds: request.promptTokenIds ?? promptOf(request.messages ?? []),
        }),
    }),
    evaluateAnswers,
    encodeChat: (messages) => Promise.resolve({ tokenIds: promptOf(messages), pieces: words(messages) }),
    environment: () => Promise.resolve(environment),
    load: () => Promise.reject(new Error("this lab has one engine")),
  };
  return { lab, serving };
}
