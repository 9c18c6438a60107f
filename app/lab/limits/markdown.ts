/** "Sequential against parallel" as text. */
import { arrivalText } from "../load/load.ts";
import { environmentText } from "../environment.ts";
import { markdownTable } from "../markdown-table.ts";
import { rateLimitFinding, type LimitArm, type RateLimitReport, type WaitFigure } from "./report.ts";

const ms = (value: number | null | undefined): string => (value == null ? "–" : `${value.toFixed(1)} ms`);
const number = (value: number | null): string => (value === null ? "–" : value.toFixed(1));
const limit = (value: number | null, of: string): string =>
  value === null ? `no limit of ${of}` : `${value} ${of} a minute`;

export function rateLimitMarkdown(report: RateLimitReport): string {
  const { environment, settings, policy, arms, aborted } = report;
  const { load, limits, concurrency, retry } = settings;
  const rows: readonly (readonly [string, (arm: LimitArm) => string])[] = [
    ["Wall time", ({ summary }) => ms(summary.wallMs)],
    ["Output tok/s", ({ summary }) => number(summary.outputTokensPerSecond)],
    ["Requests a minute", ({ requestsPerMinute }) => number(requestsPerMinute)],
    ["TTFT p50", ({ summary }) => ms(summary.ttftMs?.p50)],
    ["TTFT p95", ({ summary }) => ms(summary.ttftMs?.p95)],
    ["E2E p50", ({ summary }) => ms(summary.e2eMs?.p50)],
    ["E2E p95", ({ summary }) => ms(summary.e2eMs?.p95)],
    ["Arrival to last token p50", ({ sinceArrivalMs }) => ms(sinceArrivalMs?.p50)],
    ["Arrival to last token p95", ({ sinceArrivalMs }) => ms(sinceArrivalMs?.p95)],
    ["Waited for the request limit", (arm) => waited(arm, "requests")],
    ["Waited for the token limit", (arm) => waited(arm, "tokens")],
    ["Waited to try again", (arm) => waited(arm, "retry")],
    [
      "Most in a window",
      ({ busiestWindow: { requests, tokens } }) => `${requests} requests, ${tokens} tokens`,
    ],
    ["Finished", ({ summary }) => String(summary.numFinished)],
    ["Refused", ({ numRefused }) => String(numRefused)],
    ["Failed", ({ summary, numRefused }) => String(summary.numFailed - numRefused)],
    ["Interrupted, times left out", ({ summary }) => String(summary.numInterrupted)],
    ["Aborted", ({ summary }) => String(summary.numAborted)],
  ];
  const finding = rateLimitFinding(report);
  return [
    "# Sequential against parallel, within rate limits",
    `${environmentText(environment)}, batching ${policy.batching}, prefix cache ${policy.prefixCache ? "on" : "off"}.`,
    `${load.numRequests} requests, ${arrivalText(load)}, of at most ${load.maxTokens} output tokens; ${limit(limits.requestsPerMinute, "requests")}, ${limit(limits.tokensPerMinute, "tokens")}, enforced in windows of ${(limits.windowMs ?? 60_000) / 1000} s; concurrency ${concurrency}; at most ${retry.maxAttempts} attempts${aborted ? "; cancelled before the end" : ""}.`,
    markdownTable(
      ["Figure", ...arms.map(({ id, concurrency: atOnce }) => `${id} (${atOnce})`)],
      rows.map(([name, cell]) => [name, ...arms.map(cell)]),
    ),
    ...(finding === null ? [] : [finding]),
    "TTFT and E2E count from the moment a request is sent, waiting for limits apart. Each arm has windows and a prefix cache of its own. A token limit counts prompt tokens and the most output tokens asked for.",
  ].join("\n\n");
}

function waited({ waits }: LimitArm, reason: WaitFigure["reason"]): string {
  const found = waits.find((figure) => figure.reason === reason);
  if (found === undefined || found.numRequests === 0) return "none";
  return `${found.numRequests} requests, longest ${ms(found.longestMs)}`;
}
