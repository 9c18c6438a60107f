/** A report as text: for terminals, and for people who paste it into a document. */
import { environmentText } from "../environment.ts";
import type { Report } from "../experiment.ts";
import { cellText, columnTitle, type Figures, type FigureTable } from "../figures.ts";
import { markdownSafe } from "../markdown-safe.ts";
import { markdownTable } from "../markdown-table.ts";

export function reportMarkdown({ environment, aborted }: Report, figures: Figures): string {
  const { title, settings, tables, notes } = markdownSafe(figures);
  const findings = figures.areFindingsMarkdown === true ? figures.findings : markdownSafe(figures.findings);
  const shown = tables.filter(({ isRaw, rows }) => isRaw !== true && rows.length > 0);
  return [
    `# ${title}`,
    [
      markdownSafe(environmentText(environment)),
      ...settings,
      ...(aborted ? ["cancelled before the end"] : []),
    ].join(", "),
    ...findings,
    ...shown.flatMap((table) => [...(shown.length > 1 ? [`## ${table.title}`] : []), tableText(table)]),
    ...notes,
  ].join("\n\n");
}

function tableText({ head, columns, rows }: FigureTable): string {
  return markdownTable(
    [head, ...columns.map(columnTitle)],
    rows.map((row) => [
      row.title,
      ...columns.map((column, index) => cellText(column, row.cells[index] ?? null).replaceAll("\n", " ")),
    ]),
  );
}
