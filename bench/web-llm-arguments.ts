/** The command line of `npm run test:web-llm`. Throws with what is wrong, in words. */
import { parseArgs } from "node:util";

export interface WebLlmArguments {
  /** An id of WebLLM's list, or a folder and the library compiled for it. */
  readonly source: { readonly id: string } | { readonly url: string; readonly modelLib: string };
  /** Where the report goes; null: nowhere. */
  readonly json: string | null;
}

export const webLlmUsage = `npm run test:web-llm -- --model ID | --model-url U --model-lib U [options]

  --model ID         a model of WebLLM's list
  --model-url U      a folder in MLC format
  --model-lib U      the library that is compiled for it (.wasm)
  --json FILE        write the report there

Needs a browser with a real adapter for most models: INFERSCOPE_BROWSER names one.
Exits with 0 when no check failed, 1 when one did, 2 when the model did not load.`;

export function parseWebLlmArguments(args: readonly string[]): WebLlmArguments {
  const { values } = parseArgs({
    args: [...args],
    options: {
      model: { type: "string" },
      "model-url": { type: "string" },
      "model-lib": { type: "string" },
      json: { type: "string" },
    },
  });
  const { model, "model-url": url, "model-lib": modelLib, json = null } = values;
  if (model !== undefined && url === undefined && modelLib === undefined) {
    return { source: { id: model }, json };
  }
  if (model === undefined && url !== undefined && modelLib !== undefined) {
    for (const [name, address] of [
      ["--model-url", url],
      ["--model-lib", modelLib],
    ] as const) {
      if (!URL.canParse(address)) throw new Error(`${name} is "${address}", use a whole address`);
    }
    return { source: { url, modelLib }, json };
  }
  throw new Error("name a model: --model ID, or --model-url and --model-lib together");
}
