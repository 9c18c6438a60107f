/** The last server, for this tab's visit, if the user asked for it: its address, and its key bound to its origin. */
import { defaultServerLimits, type ServerAddress, type ServerLimits } from "../../protocol/index.ts";

const storageKey = "inferscope.server";

export interface SessionValues {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}

/** Null where the browser forbids it. */
export function sessionValues(): SessionValues | null {
  try {
    return window.sessionStorage;
  } catch {
    return null;
  }
}

export function readServer(storage: SessionValues | null): ServerAddress | null {
  try {
    const kept: unknown = JSON.parse(storage?.getItem(storageKey) ?? "null");
    if (typeof kept !== "object" || kept === null) return null;
    const { baseUrl, apiKey, origin, limits } = kept as Readonly<Record<string, unknown>>;
    if (typeof baseUrl !== "string") return null;
    const isBound = typeof apiKey === "string" && origin === originOf(baseUrl);
    const known = readLimits(limits);
    return { baseUrl, ...(isBound ? { apiKey } : {}), ...(known === null ? {} : { limits: known }) };
  } catch {
    return null;
  }
}

/** What is no number above 0 was not kept by us. */
function readLimits(kept: unknown): Partial<ServerLimits> | null {
  if (typeof kept !== "object" || kept === null) return null;
  const limits = Object.entries(kept).filter(
    ([name, value]) => Object.hasOwn(defaultServerLimits, name) && typeof value === "number" && value > 0,
  );
  return limits.length === 0 ? null : Object.fromEntries(limits);
}

/** False where it could not be kept. */
export function keepServer(
  storage: SessionValues | null,
  { baseUrl, apiKey, limits }: ServerAddress,
): boolean {
  try {
    const key = apiKey === undefined ? {} : { apiKey, origin: originOf(baseUrl) };
    const value = { baseUrl, ...key, ...(limits === undefined ? {} : { limits }) };
    storage?.setItem(storageKey, JSON.stringify(value));
    return storage !== null;
  } catch {
    return false;
  }
}

export function forgetServer(storage: SessionValues | null): void {
  try {
    storage?.removeItem(storageKey);
  } catch {
    // What is forbidden keeps nothing.
  }
}

/** Null for what is no address. */
export function originOf(baseUrl: string): string | null {
  return URL.canParse(baseUrl) ? new URL(baseUrl).origin : null;
}
