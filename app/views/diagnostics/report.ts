/** What a person pastes into a bug report: as JSON or Markdown, without prompts, keys and addresses. */
import type { AdapterInfo, KernelReport, MemoryBandwidth, ModelInfo } from "../../../protocol/index.ts";
import type { GoldensResult } from "../../lab/goldens.ts";
import { markdownSafe } from "../../lab/markdown-safe.ts";
import { markdownTable } from "../../lab/markdown-table.ts";
import type { LoggedError } from "../../store/error-log.ts";
import type { LimitRow, MemoryFacts, PageFacts } from "./derive.ts";
import { offlineText, updateText } from "./offline-text.ts";

export interface DiagnosticsReport {
  readonly app: "inferscope";
  readonly page: PageFacts;
  readonly adapter: AdapterInfo | null;
  readonly limits: readonly LimitRow[];
  readonly kernels: readonly KernelReport[];
  readonly model: ModelInfo | null;
  readonly memory: MemoryFacts;
  readonly goldens: GoldensResult | null;
  readonly bandwidth: MemoryBandwidth | null;
  readonly errors: readonly LoggedError[];
}

/** Addresses may hold keys, and paths names: none leaves the page. */
export const withoutAddresses = (text: string): string =>
  text.replace(/\b(?:https?|file|blob|wss?):[^\s"'<>)\]]+/gi, "<address>");

/** Messages of these kinds may repeat what was typed or what a server said. */
const quoting: readonly LoggedError["kind"][] = ["invalid-request", "bad-template", "server", "http-status"];

/** As it may leave the page. */
export function forPasting(report: DiagnosticsReport): DiagnosticsReport {
  const { model, kernels, errors, page } = report;
  const { offlineProblem } = page;
  return {
    ...report,
    page: {
      ...page,
      offlineProblem:
        offlineProblem === null
          ? null
          : { ...offlineProblem, detail: withoutAddresses(offlineProblem.detail) },
    },
    model: model === null ? null : { ...model, id: withoutAddresses(model.id) },
    kernels: kernels.map((kernel) => ({ ...kernel, note: withoutAddresses(kernel.note) })),
    errors: errors.map((error) => ({
      ...error,
      message: quoting.includes(error.kind) ? "(left out)" : withoutAddresses(error.message),
    })),
  };
}

export const reportJson = (report: DiagnosticsReport): string =>
  `${JSON.stringify(forPasting(report), null, 2)}\n`;

export function reportMarkdown(given: DiagnosticsReport): string {
  const { page, adapter, limits, kernels, model, memory, goldens, bandwidth, errors } = markdownSafe(
    forPasting(given),
  );
  const facts = (rows: readonly (readonly [string, string | number | boolean | null])[]): string =>
    rows.map(([name, value]) => `- ${name}: ${value === null ? "unknown" : String(value)}`).join("\n");
  return [
    `# Inferscope ${page.appVersion}`,
    facts([
      ["browser", page.userAgent],
      ["secure context", page.secureContext],
      ["cross-origin isolated", page.crossOriginIsolated],
      ["clock resolution, ms", page.clockResolutionMs],
      ["offline", offlineText(page)],
      ["new version", updateText(page)],
      ["storage", page.storage === null ? null : JSON.stringify(page.storage)],
    ]),
    "## Adapter",
    adapter === null
      ? "none in use"
      : facts([
          ["description", adapter.description || `${adapter.vendor} ${adapter.architecture}`],
          ["software", adapter.isSoftware],
          ["features", adapter.features.join(", ")],
        ]),
    markdownTable(
      ["Limit", "required", "available", "in use"],
      limits.map((row) => [
        row.name,
        ...[row.required, row.available, row.inUse].map((value) => String(value ?? "–")),
      ]),
    ),
    "## Model",
    model === null
      ? "none loaded"
      : facts([
          ["id", model.id],
          ["backend and runner", `${model.backend}, ${model.runner ?? "unknown"}`],
          ["quantization", model.quantization],
          ["weights hash", model.weightsHash],
          ["bytes: weights, KV, other, all", JSON.stringify(memory)],
        ]),
    facts([
      ["goldens", goldens === null ? "not run" : goldensText(goldens)],
      ["bandwidth, GB/s", bandwidth === null ? "not measured" : (bandwidth.bytesPerSecond / 1e9).toFixed(1)],
    ]),
    "## Kernels",
    kernels.length === 0
      ? "none checked"
      : markdownTable(
          ["Kernel", "Variant", "Status", "Max error", "µs", "Note"],
          kernels.map(({ kernel, variant, status, maxError, microseconds, note }) => [
            kernel,
            variant,
            status,
            maxError?.toExponential(1) ?? "–",
            microseconds?.toFixed(0) ?? "–",
            note,
          ]),
        ),
    "## Last errors",
    errors.length === 0
      ? "none"
      : errors
          .map(({ atMs, where, kind, message }) =>
            `- ${new Date(atMs).toISOString()} ${where}, ${kind}: ${message}`.trimEnd(),
          )
          .join("\n"),
  ].join("\n\n");
}

export function goldensText({
  numCases,
  numTokens,
  numWrong,
  firstWrong,
  worstLogit,
  aborted,
}: GoldensResult): string {
  const tokens =
    numWrong === 0
      ? `all ${numTokens} tokens of ${numCases} prompts are PyTorch's`
      : `${numWrong} of ${numCases} prompts differ from PyTorch, the first at ${firstWrong ?? "?"}`;
  const logits =
    worstLogit === null ? "" : `, largest difference of a top-5 logit ${worstLogit.toExponential(1)}`;
  return `${tokens}${logits}${aborted ? " (cancelled before the end)" : ""}`;
}
