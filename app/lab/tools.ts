/** What `inferscope.run` does beside experiments: texts and files, nothing that is measured. */
export const tools: Readonly<
  Record<string, (options: Readonly<Record<string, unknown>>) => Promise<unknown>>
> = {
  /** A workload from the texts of files: `{definition, leftOut}`, see `readWorkloadFile`. */
  workload: async (options) => (await import("./workloads/own/read-file.ts")).readWorkloadFile(options),
  /** The text of a report, `{report}`: what the command line prints, and handy in DevTools. */
  markdown: async ({ report }) => {
    const [{ readReport }, { reportMarkdown }] = await Promise.all([
      import("./reports/read.ts"),
      import("./reports/markdown.ts"),
    ]);
    const read = await readReport(report);
    return reportMarkdown(read.report, read.figures);
  },
};
