/**
 * `inferscope.run("rate-limit", options)`: the same requests one after another, and in parallel
 * within rate limits, on the loaded engine. Each arm begins with an empty prefix cache and with
 * windows of its own; a request is there at the time of its arrival.
 */
import {
  deserializeError,
  InferscopeError,
  type AbortSignalLike,
  type GenerationResult,
  counted,
  type CountedMetrics,
} from "../../../protocol/index.ts";
import { planLoad, type PlannedRequest } from "../load/load.ts";
import { policyOption } from "../check-options.ts";
import type { LabContext } from "../context.ts";
import {
  pageClock,
  runLimited,
  type LabClock,
  type LimitedEvent,
  type LimitedResult,
} from "../limited-run.ts";
import { createRandom } from "../random.ts";
import { isSignal } from "../signal.ts";
import { withPolicy } from "../with-policy.ts";
import { rateLimitVersion, summarizeArm, type ArmId, type LimitArm, type RateLimitReport } from "./report.ts";
import { parseLimitOptions, type LimitSettings } from "./settings.ts";

/** Times of `event` are the clock's. */
export type RateLimitEvent =
  | { readonly type: "arm"; readonly arm: ArmId; readonly labels: readonly string[] }
  | { readonly type: "call"; readonly arm: ArmId; readonly event: LimitedEvent }
  | {
      readonly type: "sent";
      readonly arm: ArmId;
      readonly call: number;
      readonly requestId: string;
      readonly atMs: number;
    }
  | { readonly type: "call-done"; readonly arm: ArmId; readonly done: number; readonly total: number };

interface Arms {
  readonly context: Pick<LabContext, "serving" | "encodeChat">;
  readonly settings: LimitSettings;
  readonly calls: readonly (PlannedRequest & { readonly tokens: number })[];
  readonly clock: LabClock;
  readonly signal: AbortSignalLike | undefined;
  readonly tell: (event: RateLimitEvent) => void;
}

/**
 * Options: those of `parseLimitOptions`, and `{policy, signal, onEvent}`. A run that is cancelled
 * resolves with what was done; it rejects where no request was answered at all.
 */
export async function runRateLimit(
  context: Pick<LabContext, "serving" | "encodeChat" | "environment">,
  options: Readonly<Record<string, unknown>>,
  clock: LabClock = pageClock,
): Promise<RateLimitReport> {
  const settings = parseLimitOptions(options);
  const { signal: given, onEvent } = options;
  const signal = isSignal(given) ? given : undefined;
  return withPolicy(context.serving, policyOption(options), async (policy) => {
    const planned = planLoad(settings.load);
    const calls = await Promise.all(planned.map((request) => withTokens(context, request)));
    const tell = isListener(onEvent) ? onEvent : () => undefined;
    const run: Arms = { context, settings, calls, clock, signal, tell };
    await warmUp(run);
    const sequential = await runArm(run, "sequential", 1, 0);
    const parallel =
      signal?.aborted === true ? null : await runArm(run, "parallel", settings.concurrency, calls.length);
    const arms = parallel === null ? [sequential] : [sequential, parallel];
    throwIfNothing(arms);
    const [from, to] = arms.map(({ summary }) => summary.wallMs);
    return {
      kind: "inferscope.rate-limit",
      version: rateLimitVersion,
      environment: await context.environment(),
      settings,
      policy,
      aborted: signal?.aborted === true,
      arms,
      speedup: from == null || to == null || to <= 0 ? null : from / to,
    };
  });
}

async function withTokens({ encodeChat }: Arms["context"], planned: PlannedRequest) {
  const { tokenIds } = await encodeChat(planned.request.messages ?? []);
  return { ...planned, tokens: tokenIds.length + (planned.request.sampling?.maxTokens ?? 0) };
}

/** Counts nowhere: the first request pays for compiled pipelines and first allocations. */
async function warmUp({ context, calls, signal }: Arms): Promise<void> {
  const [first] = calls;
  if (first === undefined || signal?.aborted === true) return;
  const generation = context.serving.generate({
    ...first.request,
    sampling: { ...first.request.sampling, maxTokens: 2 },
  });
  signal?.addEventListener("abort", () => generation.abort());
  // What the engine refuses is counted in the arms.
  await generation.result.catch(() => undefined);
}

async function runArm(run: Arms, arm: ArmId, concurrency: number, doneBefore: number): Promise<LimitArm> {
  const { context, settings, calls, clock, signal, tell } = run;
  await context.serving.clearCache();
  tell({ type: "arm", arm, labels: calls.map(({ label }) => label) });
  const startMs = clock.now();
  let done = doneBefore;
  const results = await runLimited(
    calls.map((call, index) => ({ tokens: call.tokens, atMs: call.atMs, run: () => send(run, arm, index) })),
    {
      clock,
      limits: settings.limits,
      concurrency,
      retry: settings.retry,
      random: createRandom(settings.load.seed).next,
      ...(signal === undefined ? {} : { signal }),
      onEvent: (event) => {
        tell({ type: "call", arm, event });
        if (event.type !== "end") return;
        done += 1;
        tell({ type: "call-done", arm, done, total: 2 * calls.length });
      },
    },
  );
  const records = results.map((result, index) => toRecord(result, calls[index], startMs));
  return summarizeArm(arm, concurrency, records, settings.limits.windowMs ?? 60_000);
}

type Counted = GenerationResult & { readonly metrics: CountedMetrics };

async function send(
  { context, calls, clock, signal, tell }: Arms,
  arm: ArmId,
  call: number,
): Promise<Counted> {
  const request = calls[call]?.request;
  if (request === undefined) throw new RangeError(`there is no call ${call}`);
  const generation = context.serving.generate(request);
  tell({ type: "sent", arm, call, requestId: generation.requestId, atMs: clock.now() });
  const abort = () => generation.abort();
  signal?.addEventListener("abort", abort);
  const result = await generation.result;
  if (result.finishReason === "abort") throw new InferscopeError("aborted", "The run was cancelled.");
  return { ...result, metrics: counted(result.metrics) };
}

function toRecord(
  { askedMs, startsMs, endMs, waits, outcome }: LimitedResult<Counted>,
  call: Arms["calls"][number] | undefined,
  startMs: number,
) {
  return {
    label: call?.label ?? "",
    tokens: call?.tokens ?? 0,
    arrivedMs: call?.atMs ?? 0,
    askedMs: askedMs - startMs,
    startsMs: startsMs.map((atMs) => atMs - startMs),
    endMs: endMs - startMs,
    waits: waits.map((wait) => ({ ...wait, fromMs: wait.fromMs - startMs, toMs: wait.toMs - startMs })),
    metrics: "value" in outcome ? outcome.value.metrics : null,
    error: "error" in outcome ? outcome.error : null,
  };
}

/** A run in which nothing was answered is no measurement: its first error is the result. */
function throwIfNothing(arms: readonly LimitArm[]): void {
  if (arms.some(({ summary }) => summary.numFinished > 0)) return;
  const error = arms.flatMap(({ records }) => records).find((record) => record.error !== null)?.error;
  if (error == null) throw new InferscopeError("aborted", "The run was cancelled before the first answer.");
  throw deserializeError({ ...error, message: `No request was answered: ${error.message}` });
}

function isListener(value: unknown): value is (event: RateLimitEvent) => void {
  return typeof value === "function";
}
