/** A workload of one's own from files, read by the page's code: what is wrong with them is said as the page says it. */
import { readFileSync } from "node:fs";
import path from "node:path";

import type { Page } from "playwright";

import { say } from "./session.ts";

export interface WorkloadFiles {
  readonly text: string;
  readonly name: string;
  readonly plans?: string;
}

/** Throws where a file cannot be read. */
export const readFiles = (workload: string, plans: string | null): WorkloadFiles => ({
  text: readFileSync(workload, "utf8"),
  name: path.basename(workload),
  ...(plans === null ? {} : { plans: readFileSync(plans, "utf8") }),
});

/** The definition for `inferscope.run("compare", { workload })`. Lines that do not run are listed on standard error. */
export async function workloadIn(page: Page, files: WorkloadFiles): Promise<object> {
  const { definition, leftOut } = await page.evaluate(
    async (given) =>
      (await window.inferscope.run("workload", { ...given })) as {
        readonly definition: { readonly table: { readonly rows: readonly unknown[] } };
        readonly leftOut: readonly { readonly line: number; readonly reason: string }[];
      },
    files,
  );
  for (const { line, reason } of leftOut) say(`${files.name}, line ${line} is left out: ${reason}`);
  say(`${files.name}: ${definition.table.rows.length} rows read, ${leftOut.length} lines left out`);
  return definition;
}
