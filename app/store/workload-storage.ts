/** Where workloads of one's own are kept: IndexedDB, or memory where the browser forbids that. */
import { openDB, type DBSchema, type IDBPDatabase } from "idb";

import type { RowTable, WorkloadDefinition } from "../lab/workloads/own/definition.ts";

/** Rows lie beside: a change of a prompt does not write them all again. */
type WithoutRows = Omit<WorkloadDefinition, "table">;

export interface WorkloadStorage {
  /** Whether workloads survive a reload. */
  readonly isKept: boolean;
  /** As they were put, by whatever version of the app: to be checked. */
  list(): Promise<readonly unknown[]>;
  /** `withRows`: the rows are other ones than those that lie there. */
  put(definition: WorkloadDefinition, withRows: boolean): Promise<void>;
  remove(id: string): Promise<void>;
}

interface Schema extends DBSchema {
  definitions: { key: string; value: WithoutRows };
  tables: { key: string; value: RowTable };
}

/** Falls back to memory where IndexedDB cannot be opened, and says so by `isKept`. */
export async function openWorkloadStorage(): Promise<WorkloadStorage> {
  try {
    return databaseStorage(
      await openDB<Schema>("inferscope-workloads", 1, {
        upgrade: (database) => {
          database.createObjectStore("definitions", { keyPath: "id" });
          database.createObjectStore("tables");
        },
      }),
    );
  } catch {
    return memoryStorage();
  }
}

function databaseStorage(database: IDBPDatabase<Schema>): WorkloadStorage {
  const both = () => database.transaction(["definitions", "tables"], "readwrite");
  return {
    isKept: true,
    list: async () => {
      const definitions = await database.getAll("definitions");
      return Promise.all(
        definitions.map(async (definition) => ({
          ...definition,
          table: await database.get("tables", definition.id),
        })),
      );
    },
    put: async ({ table, ...definition }, withRows) => {
      const transaction = both();
      await Promise.all([
        transaction.objectStore("definitions").put(definition),
        ...(withRows ? [transaction.objectStore("tables").put(table, definition.id)] : []),
        transaction.done,
      ]);
    },
    remove: async (id) => {
      const transaction = both();
      await Promise.all([
        transaction.objectStore("definitions").delete(id),
        transaction.objectStore("tables").delete(id),
        transaction.done,
      ]);
    },
  };
}

export function memoryStorage(): WorkloadStorage {
  const kept = new Map<string, WorkloadDefinition>();
  return {
    isKept: false,
    list: () => Promise.resolve([...kept.values()]),
    put: (definition) => {
      kept.set(definition.id, definition);
      return Promise.resolve();
    },
    remove: (id) => {
      kept.delete(id);
      return Promise.resolve();
    },
  };
}
