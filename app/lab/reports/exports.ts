/** What only some experiments' reports can be exported as. */
import { chromeTrace } from "../experiments/compare/chrome-trace.ts";
import type { CompareReport } from "../experiments/compare/report.ts";
import { sharedSettings, shareFragment } from "../experiments/compare/share.ts";
import type { Report } from "../experiment.ts";

export interface ExperimentExports {
  /** Chrome trace events; null where the report keeps no timeline. */
  readonly trace: (() => string) | null;
  readonly share:
    | { readonly type: "none" }
    /** A link holds no prompts. */
    | { readonly type: "own-prompts" }
    | { readonly type: "link"; readonly fragment: () => string };
}

/** The report was read by its schema. */
export function experimentExports(report: Report): ExperimentExports {
  const timed = hasSamples(report) ? report : null;
  const compare = timed?.kind === "inferscope.compare" ? timed : null;
  return {
    trace: timed === null ? null : () => JSON.stringify(chromeTrace(timed)),
    share:
      compare === null
        ? { type: "none" }
        : compare.workload.id.startsWith("own-")
          ? { type: "own-prompts" }
          : { type: "link", fragment: () => shareFragment(sharedSettings(compare)) },
  };
}

const hasSamples = (report: Report): report is CompareReport =>
  report.kind === "inferscope.compare" || report.kind === "inferscope.duel";
