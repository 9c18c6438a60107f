/** A workload from files, as the command line gives them: exported from Plans, or rows with or without plans. */
import { InferscopeError } from "../../../../protocol/index.ts";
import { parseDefinition, type LineProblem, type RowTable, type WorkloadDefinition } from "./definition.ts";
import { parseRows } from "./rows.ts";
import { emptyWorkload, withTable } from "./starter.ts";
import { definitionRows } from "./workload-of.ts";

export interface ReadWorkload {
  readonly definition: WorkloadDefinition;
  /** Lines that are no rows or lack a value, and why; the others run. */
  readonly leftOut: readonly LineProblem[];
}

/**
 * Options: `{text, name, plans}`. text: an exported workload, or rows as CSV or JSON; plans: an exported
 * workload whose plans and checks the rows are asked by. Rows alone get the two plans that Plans begins with.
 * Throws `invalid-request` with what is wrong.
 */
export function readWorkloadFile(options: Readonly<Record<string, unknown>>): ReadWorkload {
  const { text, name = "rows", plans } = options;
  if (
    typeof text !== "string" ||
    typeof name !== "string" ||
    !["undefined", "string"].includes(typeof plans)
  ) {
    throw new InferscopeError("invalid-request", "A workload is read from texts.", {
      hint: "Give {text, name, plans}.",
    });
  }
  const definition = definitionOf(text, name, plans as string | undefined);
  const leftOut = [...definition.table.problems, ...definitionRows(definition).problems];
  return { definition, leftOut: leftOut.toSorted((a, b) => a.line - b.line) };
}

function definitionOf(text: string, name: string, plans: string | undefined): WorkloadDefinition {
  const exported = isExported(text) ? parseDefinition(text) : null;
  const table: RowTable = exported?.table ?? parseRows(text, name);
  if (plans !== undefined) return { ...parseDefinition(plans), table };
  return exported ?? withTable(emptyWorkload("own-file", name.slice(0, 200)), table);
}

/** Rows may be JSON too. */
function isExported(text: string): boolean {
  try {
    const json: unknown = JSON.parse(text);
    return typeof json === "object" && json !== null && "kind" in json && "version" in json;
  } catch {
    return false;
  }
}
