/**
 * What every backend must do, as checks that run anywhere: under Vitest, and on a person's own
 * device with any model. They run in this order, and share one loaded model from the second on.
 */
import { answerChecks } from "./answer-checks.ts";
import { finished, request, text } from "./requests.ts";
import { ask, equal, expect, refusal, stages, type ContractCheck } from "./support.ts";

export const contractChecks: readonly ContractCheck[] = [
  {
    name: "refuses requests before a load",
    async run({ backend }) {
      const error = refusal(() => backend.submit(request(text("hi")), () => undefined));
      expect(error.kind === "no-model", `refused with ${error.kind}, not no-model`);
      return Promise.resolve(error.message);
    },
  },
  {
    name: "loads and says what it loaded",
    async run({ backend, params, progress }) {
      const seen = stages(progress);
      const { model, capabilities } = await backend.load(params, seen.report, new AbortController().signal);
      expect(model.backend === params.backend, `says that ${model.backend} runs it`);
      expect(equal(capabilities, backend.capabilities), "load and backend tell different capabilities");
      expect(equal(backend.status().model, model), "its status tells of another model");
      return `${model.id}; ${seen.names.join(", ")}`;
    },
  },
  ...answerChecks,
  {
    name: "unloads in the middle of an answer, and loads again",
    async run({ backend, params, progress }) {
      const running = ask(backend, request(text("cut off"), { maxTokens: 500, ignoreEos: true }));
      await backend.unload();
      expect(
        finished(await running).choices[0]?.finishReason === "abort",
        "the running answer was not aborted",
      );
      expect(backend.status().model === null, "still tells of a model");
      await backend.load(params, stages(progress).report, new AbortController().signal);
      finished(await ask(backend, request(text("hello"))));
      return "answers again";
    },
  },
  {
    name: "gives up a cancelled load, and loads after it",
    async run({ backend, params, progress }) {
      await backend.unload();
      const controller = new AbortController();
      const load = backend.load(params, () => controller.abort(), controller.signal);
      const error = await load.then(
        () => null,
        (reason: unknown) => reason,
      );
      expect(error !== null, "the cancelled load succeeded");
      expect(backend.status().model === null, "tells of a model after a cancelled load");
      await backend.load(params, stages(progress).report, new AbortController().signal);
      return "loaded after it";
    },
  },
];
