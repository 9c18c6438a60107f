/** What "sequential against parallel" shows, from its report; pure. */
import { metricFormulas } from "../../../protocol/index.ts";
import type { WaitReason } from "../../lab/limited-run.ts";
import type { LimitArm, RateLimitReport } from "../../lab/limits/report.ts";
import { formatChange, formatMs, formatNumber, unknown } from "../../lab/format.ts";

export interface LimitFigure {
  readonly label: string;
  readonly formula: string;
  /** One an arm, in their order. */
  readonly values: readonly string[];
  /** From sequential to parallel. */
  readonly change: string;
}

export function limitFigures({
  arms,
  settings,
}: Pick<RateLimitReport, "arms" | "settings">): readonly LimitFigure[] {
  const measured = (
    label: string,
    formula: string,
    read: (arm: LimitArm) => number | null | undefined,
    format: (value: number | null) => string,
  ): LimitFigure => {
    const [from, to] = arms.map(read);
    return {
      label,
      formula,
      values: arms.map((arm) => format(read(arm) ?? null)),
      change: from == null || to == null ? unknown : formatChange(from, to),
    };
  };
  const told = (label: string, formula: string, read: (arm: LimitArm) => string): LimitFigure => ({
    label,
    formula,
    values: arms.map(read),
    change: "",
  });
  const windowS = (settings.limits.windowMs ?? 60_000) / 1000;
  const { ttftMs, e2eLatencyMs, outputTokensPerSecond } = metricFormulas;
  return [
    measured(
      "wall time",
      "last token of the last request − first request sent",
      (arm) => arm.summary.wallMs,
      formatMs,
    ),
    measured("output tok/s", outputTokensPerSecond, (arm) => arm.summary.outputTokensPerSecond, formatNumber),
    measured(
      "requests a minute",
      "requests finished / wall time",
      (arm) => arm.requestsPerMinute,
      formatNumber,
    ),
    measured("TTFT p50", ttftMs, (arm) => arm.summary.ttftMs?.p50, formatMs),
    measured("TTFT p95", ttftMs, (arm) => arm.summary.ttftMs?.p95, formatMs),
    measured("E2E p50", e2eLatencyMs, (arm) => arm.summary.e2eMs?.p50, formatMs),
    measured("E2E p95", e2eLatencyMs, (arm) => arm.summary.e2eMs?.p95, formatMs),
    measured("arrival to last token p50", arrivalFormula, (arm) => arm.sinceArrivalMs?.p50, formatMs),
    measured("arrival to last token p95", arrivalFormula, (arm) => arm.sinceArrivalMs?.p95, formatMs),
    told("waited for the request limit", waitFormula, (arm) => waitText(arm, "requests")),
    told("waited for the token limit", waitFormula, (arm) => waitText(arm, "tokens")),
    told("waited to try again", "after a failure that may go away", (arm) => waitText(arm, "retry")),
    told(
      `most in ${windowS} s`,
      `starts, and their tokens, in the busiest window of ${windowS} s: what the limits hold`,
      ({ busiestWindow: { requests, tokens } }) =>
        `${requests} requests, ${tokens.toLocaleString("en-US")} tokens`,
    ),
    told("finished", "requests answered to their end", (arm) => String(arm.summary.numFinished)),
    told("refused", "requests that can never be served: too large, not valid", (arm) =>
      String(arm.numRefused),
    ),
    told("failed", "requests that ended with another error, after all attempts", (arm) =>
      String(arm.summary.numFailed - arm.numRefused),
    ),
    told(
      "interrupted",
      "requests under way while the tab was hidden or frozen, or the machine slept: their times are left out",
      (arm) => String(arm.summary.numInterrupted),
    ),
  ];
}

const arrivalFormula = "last token − when the request was there: with its turn and the limits waited for";
const waitFormula = "requests that waited, and the longest wait between its turn and its start";

function waitText({ waits }: LimitArm, reason: WaitReason): string {
  const found = waits.find((figure) => figure.reason === reason);
  if (found === undefined || found.numRequests === 0) return "none";
  return `${found.numRequests}, up to ${formatMs(found.longestMs)}`;
}

/** Why requests were refused or failed: each message once. */
export function limitErrors({ arms }: Pick<RateLimitReport, "arms">): readonly string[] {
  const messages = arms.flatMap(({ records }) =>
    records.flatMap(({ error }) => (error === null || error.kind === "aborted" ? [] : [error.message])),
  );
  return [...new Set(messages)];
}

export const armNames = { sequential: "One after another", parallel: "In parallel" } as const;

export const waitNames: Readonly<Record<WaitReason, string>> = {
  requests: "the request limit",
  tokens: "the token limit",
  server: "the server",
  retry: "the next attempt",
};
