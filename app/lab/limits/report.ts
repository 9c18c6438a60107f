/** What "sequential against parallel" leaves behind, and what it comes to. */
import type { EnginePolicy, CountedMetrics, SerializedError } from "../../../protocol/index.ts";
import { quantiles, summarizeLoad, type LoadSummary, type Quantiles } from "../load/summary.ts";
import { interruptionOf } from "../interruptions.ts";
import type { Wait, WaitReason } from "../limited-run.ts";
import type { Environment } from "../environment.ts";
import type { LimitSettings } from "./settings.ts";

export const rateLimitVersion = 1;

export type ArmId = "sequential" | "parallel";

/** One request; times in milliseconds from the arm's start. */
export interface LimitedRecord {
  readonly label: string;
  /** Counted against the tokens per minute: prompt tokens + most output tokens. */
  readonly tokens: number;
  /** When it was there. */
  readonly arrivedMs: number;
  /** When its turn came: it was there, and fewer than `concurrency` calls were in flight. */
  readonly askedMs: number;
  /** Start of each attempt. */
  readonly startsMs: readonly number[];
  readonly endMs: number;
  readonly waits: readonly Wait[];
  /** Of the attempt that was answered. */
  readonly metrics: CountedMetrics | null;
  readonly error: SerializedError | null;
}

export interface WaitFigure {
  readonly reason: WaitReason;
  /** Requests that waited for it. */
  readonly numRequests: number;
  readonly totalMs: number;
  readonly longestMs: number;
}

export interface LimitArm {
  readonly id: ArmId;
  readonly concurrency: number;
  /** `numFailed` holds the refused ones too. */
  readonly summary: LoadSummary;
  /** Requests that the engine or the limits would never take. */
  readonly numRefused: number;
  readonly numRetries: number;
  readonly requestsPerMinute: number | null;
  /** From a request's arrival to its last token, with all waits before it was sent. */
  readonly sinceArrivalMs: Quantiles | null;
  readonly waits: readonly WaitFigure[];
  /** Most starts and tokens in any window: what the limits allowed, or less. */
  readonly busiestWindow: { readonly requests: number; readonly tokens: number };
  readonly records: readonly LimitedRecord[];
}

export interface RateLimitReport {
  readonly kind: "inferscope.rate-limit";
  readonly version: typeof rateLimitVersion;
  readonly environment: Environment;
  readonly settings: LimitSettings;
  readonly policy: EnginePolicy;
  readonly aborted: boolean;
  /** Of the arms that ran to their end or to the abort. */
  readonly arms: readonly LimitArm[];
  /** Sequential / parallel wall time; null without both. */
  readonly speedup: number | null;
}

const refusals: readonly SerializedError["kind"][] = ["request-too-large", "invalid-request"];

export function isRefusal(error: SerializedError | null): boolean {
  return error !== null && refusals.includes(error.kind);
}

export function summarizeArm(
  id: ArmId,
  concurrency: number,
  records: readonly LimitedRecord[],
  windowMs: number,
): LimitArm {
  const summary = summarizeLoad(
    records.map(({ label, startsMs, metrics, error }) => ({
      label,
      requestId: "",
      submittedMs: startsMs.at(-1) ?? 0,
      metrics,
      finishReason: metrics === null ? (error?.kind === "aborted" ? "abort" : null) : "stop",
      error: error?.kind === "aborted" ? null : error,
    })),
  );
  const reasons: readonly WaitReason[] = ["requests", "tokens", "server", "retry"];
  const { wallMs, numFinished } = summary;
  return {
    id,
    concurrency,
    summary,
    numRefused: records.filter(({ error }) => isRefusal(error)).length,
    numRetries: records.reduce((sum, { startsMs }) => sum + Math.max(0, startsMs.length - 1), 0),
    requestsPerMinute: wallMs === null || wallMs <= 0 ? null : (60_000 * numFinished) / wallMs,
    sinceArrivalMs: quantiles(
      records.flatMap(({ metrics, arrivedMs, endMs }) =>
        metrics === null || interruptionOf([{ metrics }]) !== null ? [] : [endMs - arrivedMs],
      ),
    ),
    waits: reasons.map((reason) => waitFigure(reason, records)),
    busiestWindow: busiestWindow(records, windowMs),
    records,
  };
}

function waitFigure(reason: WaitReason, records: readonly LimitedRecord[]): WaitFigure {
  const waited = records
    .map(({ waits }) =>
      waits.reduce((sum, wait) => sum + (wait.reason === reason ? wait.toMs - wait.fromMs : 0), 0),
    )
    .filter((ms) => ms > 0);
  return {
    reason,
    numRequests: waited.length,
    totalMs: waited.reduce((sum, ms) => sum + ms, 0),
    longestMs: Math.max(0, ...waited),
  };
}

/** It is enough to open a window at each start. */
function busiestWindow(records: readonly LimitedRecord[], windowMs: number): LimitArm["busiestWindow"] {
  const starts = records.flatMap(({ startsMs, tokens }) => startsMs.map((atMs) => ({ atMs, tokens })));
  const windows = starts.map(({ atMs: from }) =>
    starts.filter(({ atMs }) => atMs >= from && atMs < from + windowMs),
  );
  return {
    requests: Math.max(0, ...windows.map((window) => window.length)),
    tokens: Math.max(0, ...windows.map((window) => window.reduce((sum, { tokens }) => sum + tokens, 0))),
  };
}

const seconds = (ms: number): string => `${(ms / 1000).toFixed(ms < 10_000 ? 2 : 1)} s`;

/** The finding in words, as it came out; null without both arms. */
export function rateLimitFinding({
  arms,
  speedup,
}: Pick<RateLimitReport, "arms" | "speedup">): string | null {
  const [sequential, parallel] = [
    arms.find(({ id }) => id === "sequential"),
    arms.find(({ id }) => id === "parallel"),
  ];
  const [from, to] = [sequential?.summary.wallMs, parallel?.summary.wallMs];
  if (from == null || to == null || speedup === null || parallel === undefined) return null;
  const times = `${seconds(from)} one after another, ${seconds(to)} with ${parallel.concurrency} at once`;
  const verdict =
    speedup >= 1.05
      ? `Parallel was ${speedup.toFixed(2)} times as fast: ${times}.`
      : speedup <= 0.95
        ? `Parallel was slower, ${(1 / speedup).toFixed(2)} times the time: ${times}.`
        : `Parallel took as long as sequential: ${times}.`;
  return `${verdict} ${waitFinding(parallel)}`;
}

function waitFinding({ waits, records }: LimitArm): string {
  const limits = waits.filter(({ reason, numRequests }) => numRequests > 0 && reason !== "retry");
  if (limits.length === 0) return "No request had to wait for a limit: the engine set the pace.";
  const names = { requests: "the request limit", tokens: "the token limit", server: "the server", retry: "" };
  const parts = limits.map(
    ({ reason, numRequests, longestMs }) =>
      `${numRequests} of ${records.length} requests waited for ${names[reason]}, up to ${seconds(longestMs)}`,
  );
  return `In parallel ${parts.join("; ")}.`;
}
