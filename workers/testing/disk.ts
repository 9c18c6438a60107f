/** Files of the repository in Node tests. The workers' code knows no Node, so this is the one door. */
interface Disk {
  readFileSync(path: URL): Uint8Array<ArrayBuffer>;
  readdirSync(path: URL): string[];
}

const moduleName: string = "node:fs";
const disk = (await import(/* @vite-ignore */ moduleName)) as Disk;

/** path: relative to the repository's root */
const urlOf = (path: string) => new URL(`../../${path}`, import.meta.url);

export const readBytes = (path: string): Uint8Array<ArrayBuffer> =>
  new Uint8Array(disk.readFileSync(urlOf(path)));

export const readJson = (path: string): unknown => JSON.parse(new TextDecoder().decode(readBytes(path)));

/** All files of a folder (no subfolders) by name. */
export function readFolder(path: string): Map<string, Uint8Array<ArrayBuffer>> {
  return new Map(disk.readdirSync(urlOf(path)).map((name) => [name, readBytes(`${path}/${name}`)]));
}
