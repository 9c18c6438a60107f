/** Where reports are kept: IndexedDB, or memory where the browser forbids that. */
import { openDB, type DBSchema, type IDBPDatabase } from "idb";

import type { Report } from "../lab/experiment.ts";

/** What the list shows, kept beside the report so that the list loads no samples. */
export interface ReportSummary {
  readonly id: string;
  /** ISO 8601. */
  readonly savedAt: string;
  readonly source: "run" | "import";
  readonly kind: Report["kind"];
  readonly title: string;
  /** What was set, in words; empty in entries of older versions, as are the next two. */
  readonly settings?: readonly string[];
  /** `cancelled`: no baseline. */
  readonly state?: "whole" | "cancelled";
  readonly model: string;
  readonly adapter: string;
  /** ISO 8601, of the run. */
  readonly date: string;
  /** The largest n of its figures; 0 where it counts none. */
  readonly n: number;
  /** One a plan; empty for other experiments. */
  readonly plans: readonly {
    readonly title: string;
    readonly e2eMs: number;
    readonly costUsd: number;
    readonly accuracy: number | null;
  }[];
}

export interface ReportStorage {
  /** Whether reports survive a reload. */
  readonly isKept: boolean;
  list(): Promise<readonly ReportSummary[]>;
  /** As it was put, by whatever version of the app: to be checked. */
  get(id: string): Promise<unknown>;
  put(summary: ReportSummary, report: Report): Promise<void>;
  remove(id: string): Promise<void>;
  baseline(): Promise<string | null>;
  setBaseline(id: string | null): Promise<void>;
}

interface Schema extends DBSchema {
  summaries: { key: string; value: ReportSummary };
  reports: { key: string; value: unknown };
  settings: { key: string; value: string };
}

const baselineKey = "baseline";

/** Falls back to memory where IndexedDB cannot be opened, and says so by `isKept`. */
export async function openReportStorage(): Promise<ReportStorage> {
  try {
    return databaseStorage(
      await openDB<Schema>("inferscope", 1, {
        upgrade: (database) => {
          database.createObjectStore("summaries", { keyPath: "id" });
          database.createObjectStore("reports");
          database.createObjectStore("settings");
        },
      }),
    );
  } catch {
    return memoryStorage();
  }
}

function databaseStorage(database: IDBPDatabase<Schema>): ReportStorage {
  return {
    isKept: true,
    list: () => database.getAll("summaries"),
    get: async (id) => (await database.get("reports", id)) ?? null,
    put: async (summary, report) => {
      // Both or neither.
      const transaction = database.transaction(["summaries", "reports"], "readwrite");
      await Promise.all([
        transaction.objectStore("summaries").put(summary),
        transaction.objectStore("reports").put(report, summary.id),
        transaction.done,
      ]);
    },
    remove: async (id) => {
      const transaction = database.transaction(["summaries", "reports"], "readwrite");
      await Promise.all([
        transaction.objectStore("summaries").delete(id),
        transaction.objectStore("reports").delete(id),
        transaction.done,
      ]);
    },
    baseline: async () => (await database.get("settings", baselineKey)) ?? null,
    setBaseline: async (id) => {
      if (id === null) await database.delete("settings", baselineKey);
      else await database.put("settings", id, baselineKey);
    },
  };
}

export function memoryStorage(): ReportStorage {
  const summaries = new Map<string, ReportSummary>();
  const reports = new Map<string, Report>();
  let baseline: string | null = null;
  return {
    isKept: false,
    list: () => Promise.resolve([...summaries.values()]),
    get: (id) => Promise.resolve(reports.get(id) ?? null),
    put: (summary, report) => {
      summaries.set(summary.id, summary);
      reports.set(summary.id, report);
      return Promise.resolve();
    },
    remove: (id) => {
      summaries.delete(id);
      reports.delete(id);
      return Promise.resolve();
    },
    baseline: () => Promise.resolve(baseline),
    setBaseline: (id) => {
      baseline = id;
      return Promise.resolve();
    },
  };
}
