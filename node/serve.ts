/** `npm run serve`: the embedded model behind OpenAI's protocol, on the CPU, to try the server engine with. */
import { serveArguments, serveUsage } from "./openai-server/arguments.ts";
import { defaultLimits } from "./openai-server/limits.ts";
import { ServedEngine } from "./openai-server/served-engine.ts";
import { startOpenAiServer } from "./openai-server/server.ts";

try {
  await serve();
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  console.error(`\n${serveUsage}`);
  process.exitCode = 1;
}

async function serve(): Promise<void> {
  const { host, port, model, access } = serveArguments(process.argv.slice(2), process.env);
  const engine = await ServedEngine.start(model, defaultLimits);
  const options = { engine, host, port, access, limits: defaultLimits };
  const server = await startOpenAiServer(options).catch(async (error: unknown) => {
    await engine.close();
    throw error;
  });
  const pages =
    access.origins === "*" ? "any page" : "this app's pages on this machine and those of --origin";
  const key = access.key === null ? "without a key" : "with the key";
  console.log(`${model} at ${server.url}/v1, on the CPU, for ${pages}, ${key}. Ctrl+C ends it.`);
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => {
      void Promise.all([server.close(), engine.close()]).finally(() => process.exit(0));
    });
  }
}
