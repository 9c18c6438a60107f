/** Workloads of one's own: every change is kept, and what cannot be read is kept as it is. */
import { createStore, type StoreApi } from "zustand/vanilla";

import { InferscopeError, serializeError, type SerializedError } from "../../protocol/index.ts";
import type { WorkloadDefinition } from "../lab/workloads/own/definition.ts";
import type { ReportFile } from "./report-store.ts";
import type { WorkloadStorage } from "./workload-storage.ts";

export interface WorkloadsState {
  /** By title; null until read. */
  readonly list: readonly WorkloadDefinition[] | null;
  /** Kept ones that this version cannot read; they stay where they are. */
  readonly unreadable: readonly unknown[];
  /** False: gone when the page closes. */
  readonly isKept: boolean;
  readonly error: SerializedError | null;
  /** What was deleted last and can be had back. */
  readonly removed: WorkloadDefinition | null;
}

export interface WorkloadsActions {
  /** Adds it or replaces the one of the same id; its revision grows with a change. Returns what is kept. */
  put(definition: WorkloadDefinition): WorkloadDefinition;
  remove(id: string): void;
  /** Brings back what was removed last. */
  undoRemove(): void;
  /** Reads exported files under new ids, so that none takes the place of another. Returns the last one's id. */
  importFiles(files: readonly ReportFile[]): Promise<string | null>;
  newId(): string;
  fail(cause: unknown): void;
  dismissError(): void;
}

export interface Workloads {
  readonly store: StoreApi<WorkloadsState>;
  readonly actions: WorkloadsActions;
}

const mostBytes = 32 * 1024 * 1024;

export function createWorkloads(opening: Promise<WorkloadStorage>, newUuid: () => string): Workloads {
  const store = createStore<WorkloadsState>(() => ({
    list: null,
    unreadable: [],
    isKept: true,
    error: null,
    removed: null,
  }));
  const fail = (cause: unknown) => store.setState({ error: serializeError(cause) });
  const newId = () => `own-${newUuid()}`;
  /** Writes in the order of the changes. */
  let writing: Promise<unknown> = opening.then(read(store)).catch(fail);
  const write = (work: (storage: WorkloadStorage) => Promise<void>): void => {
    writing = writing.then(async () => work(await opening)).catch(fail);
  };

  const put: WorkloadsActions["put"] = (definition) => {
    const list = store.getState().list ?? [];
    const before = list.find(({ id }) => id === definition.id);
    const next = before === undefined ? definition : { ...definition, revision: before.revision + 1 };
    store.setState({ list: sorted([...list.filter(({ id }) => id !== definition.id), next]) });
    write((storage) => storage.put(next, before?.table !== next.table));
    return next;
  };

  return {
    store,
    actions: {
      put,
      remove: (id) => {
        const list = store.getState().list ?? [];
        const removed = list.find((candidate) => candidate.id === id) ?? null;
        store.setState({ list: list.filter((candidate) => candidate.id !== id), removed });
        write((storage) => storage.remove(id));
      },
      undoRemove: () => {
        const { removed } = store.getState();
        if (removed !== null) put(removed);
        store.setState({ removed: null });
      },
      importFiles: async (files) => {
        let last: string | null = null;
        for (const file of files) {
          try {
            last = put({ ...(await readDefinition(file)), id: newId() }).id;
          } catch (cause) {
            fail(cause);
          }
        }
        return last;
      },
      newId,
      fail,
      dismissError: () => store.setState({ error: null }),
    },
  };
}

const sorted = (list: readonly WorkloadDefinition[]): readonly WorkloadDefinition[] =>
  list.toSorted((a, b) => a.title.localeCompare(b.title) || a.id.localeCompare(b.id));

const read =
  (store: StoreApi<WorkloadsState>) =>
  async (storage: WorkloadStorage): Promise<void> => {
    const good: WorkloadDefinition[] = [];
    const unreadable: unknown[] = [];
    for (const kept of await storage.list()) {
      // Nobody who has none pays for what reads them.
      const { checkDefinition } = await import("../lab/workloads/own/definition.ts");
      try {
        good.push(checkDefinition(kept));
      } catch {
        unreadable.push(kept);
      }
    }
    // What was made while the reading went on is newer.
    const made = store.getState().list ?? [];
    const old = good.filter(({ id }) => !made.some((workload) => workload.id === id));
    store.setState({ list: sorted([...old, ...made]), unreadable, isKept: storage.isKept });
  };

async function readDefinition(file: ReportFile): Promise<WorkloadDefinition> {
  const named = (message: string, hint?: string) =>
    new InferscopeError("invalid-request", `${file.name}: ${message}`, hint === undefined ? {} : { hint });
  if (file.size > mostBytes) throw named(`larger than ${mostBytes / 1024 / 1024} MiB, no workload is.`);
  try {
    const { parseDefinition } = await import("../lab/workloads/own/definition.ts");
    return parseDefinition(await file.text());
  } catch (cause) {
    const { message, hint } = serializeError(cause);
    throw named(message, hint);
  }
}
