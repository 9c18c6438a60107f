/** Reports read back: from a file, from storage, of this version or an older one. */
import { InferscopeError } from "../../../protocol/index.ts";
import type { Experiment, Report } from "../experiment.ts";
import { experimentIds, isExperimentId, loadExperiment } from "../experiments/index.ts";
import type { Figures } from "../figures.ts";

/** Larger files are refused before they are read. */
export const mostBytes = 64 * 1024 * 1024;

export interface ReadReport {
  readonly experiment: Experiment;
  readonly report: Report;
  readonly figures: Figures;
}

/** Reads an exported report. Rejects with `invalid-request` and what is wrong with it. */
export async function parseReport(text: string): Promise<ReadReport> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new InferscopeError("invalid-request", `This file is no JSON: ${(cause as Error).message}`, {
      hint: "Choose a report that was exported as JSON.",
    });
  }
  return readReport(json);
}

/** As `parseReport`. Fields that this version does not know pass through. */
export async function readReport(json: unknown): Promise<ReadReport> {
  const record = asRecord(json);
  const id = record === null ? null : experimentIdOf(record);
  if (record === null || id === null) {
    throw new InferscopeError("invalid-request", "This is no report of a kind that this version knows.", {
      hint: `Its "kind" must be one of: ${experimentIds.map((each) => `inferscope.${each}`).join(", ")}.`,
    });
  }
  const experiment = await loadExperiment(id);
  const { report: format } = experiment;
  const { schema, version } = format;
  const present = format.migrate?.(record) ?? record;
  const checked = schema.safeParse(present);
  if (!checked.success) {
    const [issue] = checked.error.issues;
    const at = issue?.path.join(".") ?? "";
    throw new InferscopeError(
      "invalid-request",
      `This is no ${id} report of version ${version}: ${at === "" ? "" : `${at}: `}${issue?.message ?? ""}`,
    );
  }
  // Checked above: the schema is that of the experiment's report.
  const report = present as unknown as Report;
  const whole = format.complete?.(report) ?? report;
  return { experiment, report: whole, figures: experiment.figures(whole) };
}

const asRecord = (json: unknown): Readonly<Record<string, unknown>> | null =>
  typeof json === "object" && json !== null && !Array.isArray(json) ? { ...json } : null;

/** Duels were kept as comparisons before they had a kind of their own. */
function experimentIdOf({ kind, duel }: Readonly<Record<string, unknown>>) {
  if (kind === "inferscope.compare" && duel !== undefined) return "duel";
  const id =
    typeof kind === "string" && kind.startsWith("inferscope.") ? kind.slice("inferscope.".length) : "";
  return isExperimentId(id) ? id : null;
}

export const reportJson = (report: Report): string => `${JSON.stringify(report, null, 1)}\n`;
