/** `npm run serve`: the embedded model behind OpenAI's protocol, on the CPU, to try the server engine with. */
import { parseArgs } from "node:util";

import { loadEmbedded } from "./openai-server/embedded.ts";
import { startOpenAiServer } from "./openai-server/server.ts";

const { values } = parseArgs({
  options: {
    port: { type: "string", default: "8000" },
    model: { type: "string", default: "scope-2m-q4f16_1" },
    origin: { type: "string", default: "*" },
    "api-key": { type: "string" },
  },
});
const port = Number(values.port);
if (!Number.isInteger(port) || port < 0 || port > 65_535) {
  console.error(`--port is "${values.port}", use a number from 0 to 65535`);
  process.exit(1);
}
const { backend } = await loadEmbedded(values.model);
const server = await startOpenAiServer({
  backend,
  port,
  allowedOrigin: values.origin,
  apiKey: values["api-key"] ?? null,
});
console.log(
  `${values.model} at ${server.url}/v1, on the CPU, for pages at ${values.origin}. Ctrl+C ends it.`,
);
