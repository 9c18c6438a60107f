/** Files of the repository in browser tests, which Vite serves. The counterpart of `disk.ts`. */

/** path: relative to the repository's root */
export async function fetchJson(path: string): Promise<unknown> {
  const response = await fetch(`/${path}`);
  if (!response.ok) throw new Error(`${path}: ${response.status}`);
  return response.json();
}
