/** Reports of runs and imports: the list, the baseline, and what went wrong with keeping them. */
import { createStore, type StoreApi } from "zustand/vanilla";

import { InferscopeError, serializeError, type SerializedError } from "../../protocol/index.ts";
import type { Report } from "../lab/experiment.ts";
import { valueOf, type Figures } from "../lab/figures.ts";
import type { ReadReport } from "../lab/reports/read.ts";
import type { ReportStorage, ReportSummary } from "./report-storage.ts";

export interface ReportsState {
  /** Newest first; null until read. */
  readonly list: readonly ReportSummary[] | null;
  readonly baselineId: string | null;
  /** False: gone when the page closes. */
  readonly isKept: boolean;
  readonly error: SerializedError | null;
}

export interface ReportsActions {
  /** Keeps the report of a run; never rejects: the run must not be lost with it. */
  save(report: Report): Promise<string | null>;
  /** Reads exported files; those that are none end in `error`, and the others are kept. */
  importFiles(files: readonly ReportFile[]): Promise<readonly string[]>;
  /** Null where it is gone or cannot be read. */
  open(id: string): Promise<ReadReport | null>;
  remove(id: string): Promise<void>;
  pin(id: string | null): Promise<void>;
  dismissError(): void;
}

/** What of the DOM's `File` is needed. */
export interface ReportFile {
  readonly name: string;
  readonly size: number;
  text(): Promise<string>;
}

export interface Reports {
  readonly store: StoreApi<ReportsState>;
  readonly actions: ReportsActions;
}

export function createReports(
  opening: Promise<ReportStorage>,
  newId: () => string,
  now: () => Date,
): Reports {
  const store = createStore<ReportsState>(() => ({
    list: null,
    baselineId: null,
    isKept: true,
    error: null,
  }));
  const fail = (cause: unknown) => store.setState({ error: serializeError(cause) });
  const refresh = async (): Promise<void> => {
    const storage = await opening;
    const [list, baselineId] = [await storage.list(), await storage.baseline()];
    store.setState({
      list: list.toSorted((a, b) => b.savedAt.localeCompare(a.savedAt)),
      baselineId: list.some(({ id }) => id === baselineId) ? baselineId : null,
      isKept: storage.isKept,
    });
  };
  /** Shows what fails instead of rejecting; the list is read anew either way. */
  const attempt = async <Value>(work: (storage: ReportStorage) => Promise<Value>): Promise<Value | null> => {
    try {
      const value = await work(await opening);
      await refresh();
      return value;
    } catch (cause) {
      fail(cause);
      return null;
    }
  };
  const keep = async (storage: ReportStorage, read: ReadReport, source: ReportSummary["source"]) => {
    const summary = summarize(read, newId(), now().toISOString(), source);
    await storage.put(summary, read.report);
    return summary.id;
  };
  void attempt(() => Promise.resolve());

  return {
    store,
    actions: {
      save: (report) => attempt(async (storage) => keep(storage, await readJson(report), "run")),
      importFiles: async (files) => {
        const ids: string[] = [];
        for (const file of files) {
          const id = await attempt(async (storage) => keep(storage, await readFile(file), "import"));
          if (id !== null) ids.push(id);
        }
        return ids;
      },
      open: async (id) => {
        const found = await attempt((storage) => storage.get(id));
        if (found === null) return null;
        try {
          // What an older version kept is checked like a file.
          return await readJson(found);
        } catch (cause) {
          fail(cause);
          return null;
        }
      },
      remove: async (id) => {
        await attempt((storage) => storage.remove(id));
      },
      pin: async (id) => {
        // A cancelled run is half of one.
        if (store.getState().list?.find((report) => report.id === id)?.state === "cancelled") return;
        await attempt((storage) => storage.setBaseline(id));
      },
      dismissError: () => store.setState({ error: null }),
    },
  };
}

async function readFile(file: ReportFile): Promise<ReadReport> {
  const { mostBytes, parseReport } = await import("../lab/reports/read.ts");
  if (file.size > mostBytes) {
    throw new InferscopeError(
      "invalid-request",
      `${file.name}: larger than ${mostBytes / 1024 / 1024} MiB, no report is.`,
    );
  }
  try {
    return await parseReport(await file.text());
  } catch (cause) {
    const { kind, message, hint } = serializeError(cause);
    throw new InferscopeError(kind, `${file.name}: ${message}`, hint === undefined ? {} : { hint });
  }
}

function summarize(
  { report, figures }: ReadReport,
  id: string,
  savedAt: string,
  source: ReportSummary["source"],
): ReportSummary {
  const { environment, kind, aborted } = report;
  return {
    ...{ id, savedAt, source, kind },
    title: figures.title,
    settings: figures.settings,
    state: aborted ? "cancelled" : "whole",
    model: environment.modelId ?? "unknown",
    adapter: environment.runner === "cpu" ? "CPU" : (environment.adapter ?? "unknown"),
    date: environment.date,
    n: largestN(figures),
    plans: plansOf(figures),
  };
}

function largestN({ tables }: Figures): number {
  const cells = tables.flatMap(({ rows }) => rows.flatMap((row) => row.cells));
  return Math.max(0, ...cells.map((cell) => (typeof cell === "object" && cell !== null ? (cell.n ?? 0) : 0)));
}

/** Rows of tables that have time and cost: what the scatter of all reports shows. */
function plansOf({ tables }: Figures): ReportSummary["plans"] {
  return tables.flatMap(({ columns, rows, isRaw }) => {
    if (isRaw === true) return [];
    const at = (id: string) => columns.findIndex((column) => column.id === id);
    return rows.flatMap(({ title, cells }) => {
      const value = (id: string): number | null => {
        const found = valueOf(cells[at(id)] ?? null);
        return typeof found === "number" ? found : null;
      };
      const [e2eMs, costUsd] = [value("e2eMs"), value("costUsd")];
      return e2eMs === null || costUsd === null
        ? []
        : [{ title, e2eMs, costUsd, accuracy: value("accuracy") }];
    });
  });
}

const readJson = async (json: unknown): Promise<ReadReport> =>
  (await import("../lab/reports/read.ts")).readReport(json);
