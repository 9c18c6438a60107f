/** The last server, for this tab's visit, if the user asked for it: its address, and its key bound to its origin. */
import type { ServerAddress } from "../../protocol/index.ts";

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
    const { baseUrl, apiKey, origin } = kept as Readonly<Record<string, unknown>>;
    if (typeof baseUrl !== "string") return null;
    const isBound = typeof apiKey === "string" && origin === originOf(baseUrl);
    return isBound ? { baseUrl, apiKey } : { baseUrl };
  } catch {
    return null;
  }
}

/** False where it could not be kept. */
export function keepServer(storage: SessionValues | null, { baseUrl, apiKey }: ServerAddress): boolean {
  try {
    const value = { baseUrl, ...(apiKey === undefined ? {} : { apiKey, origin: originOf(baseUrl) }) };
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
