/**
 * Whom a server on this machine answers as. A foreign page whose name was pointed at this machine (DNS
 * rebinding) is of one origin with the server, so that no rule of the browser stops it: only `Host` tells.
 */
const localNames = ["localhost", "127.0.0.1", "[::1]"];

export function isLocalName(name: string): boolean {
  return localNames.includes(name);
}

/** The name that a request asks for, without its port, in lower case. */
export function askedName(host: string | undefined): string {
  return (host ?? "").replace(/:\d+$/, "").toLowerCase();
}

/** Origins of this app on this machine, at the given ports. */
export function localOrigins(ports: readonly number[]): readonly string[] {
  return ports.flatMap((port) => localNames.map((name) => `http://${name}:${port}`));
}
