/** Reports of runs and imports: the list, the baseline, and what went wrong with keeping them. */
import { createStore, type StoreApi } from "zustand/vanilla";

import { InferscopeError, serializeError, type SerializedError } from "../../protocol/index.ts";
import { isSavedReport, mostBytes, type SavedReport } from "../lab/reports/saved.ts";
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
  /** Keeps a result of `inferscope.run` where it is a report; never rejects: the run must not be lost with it. */
  save(result: unknown, source: ReportSummary["source"]): Promise<string | null>;
  /** Reads exported files; those that are none end in `error`, and the others are kept. */
  importFiles(files: readonly ReportFile[]): Promise<readonly string[]>;
  /** Null where it is gone or cannot be read. */
  open(id: string): Promise<SavedReport | null>;
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
  const keep = async (storage: ReportStorage, report: SavedReport, source: ReportSummary["source"]) => {
    const summary = summarize(report, newId(), now().toISOString(), source);
    await storage.put(summary, report);
    return summary.id;
  };
  void attempt(() => Promise.resolve());

  return {
    store,
    actions: {
      save: async (result, source) =>
        isSavedReport(result) ? attempt((storage) => keep(storage, result, source)) : null,
      importFiles: async (files) => {
        const ids: string[] = [];
        for (const file of files) {
          const id = await attempt(async (storage) => keep(storage, await readReport(file), "import"));
          if (id !== null) ids.push(id);
        }
        return ids;
      },
      open: async (id) => {
        const found = await attempt((storage) => storage.get(id));
        if (found === null) return null;
        try {
          // What an older version kept is checked like a file.
          return await readText(JSON.stringify(found));
        } catch (cause) {
          fail(cause);
          return null;
        }
      },
      remove: async (id) => {
        await attempt((storage) => storage.remove(id));
      },
      pin: async (id) => {
        await attempt((storage) => storage.setBaseline(id));
      },
      dismissError: () => store.setState({ error: null }),
    },
  };
}

async function readReport(file: ReportFile): Promise<SavedReport> {
  if (file.size > mostBytes) {
    throw new InferscopeError(
      "invalid-request",
      `${file.name}: larger than ${mostBytes / 1024 / 1024} MiB, no report is.`,
    );
  }
  try {
    return await readText(await file.text());
  } catch (cause) {
    const { kind, message, hint } = serializeError(cause);
    throw new InferscopeError(kind, `${file.name}: ${message}`, hint === undefined ? {} : { hint });
  }
}

function summarize(
  report: SavedReport,
  id: string,
  savedAt: string,
  source: ReportSummary["source"],
): ReportSummary {
  const { environment, kind } = report;
  const isClaims = report.kind === "inferscope.claims";
  return {
    id,
    savedAt,
    source,
    kind,
    title: isClaims ? claimsTitle(report.claims.map((claim) => claim.id)) : report.workload.title,
    model: environment.modelId ?? "unknown",
    adapter: environment.runner === "cpu" ? "CPU" : (environment.adapter ?? "unknown"),
    date: environment.date,
    n: isClaims ? report.claims.length : report.samples.length,
    plans: isClaims
      ? []
      : report.plans.map(({ title, e2eMs, costUsd, accuracy }) => ({ title, e2eMs, costUsd, accuracy })),
  };
}

const claimsTitle = (ids: readonly number[]): string =>
  ids.length === 1 ? `Claim ${ids.join()}` : `${ids.length} claims`;

const readText = async (text: string): Promise<SavedReport> =>
  (await import("../lab/reports/files.ts")).parseReport(text);
