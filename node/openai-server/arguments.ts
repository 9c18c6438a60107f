/** What `npm run serve` is told on its command line and by its environment. */
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";

import { isLocalName, localOrigins } from "../hosts.ts";
import { defaultPort, portsTried } from "../server.ts";
import type { Access } from "./access.ts";

export interface ServeArguments {
  readonly host: string;
  readonly port: number;
  readonly model: string;
  readonly access: Access;
}

export const serveUsage = `npm run serve [-- options]     the embedded model behind OpenAI's protocol, on the CPU

  --port N           8000
  --model ID         scope-2m-q4f16_1
  --origin ORIGIN    a page that may ask, besides this app's own on this machine; again for more; "*": any page
  --key-file FILE    the key that is asked for is in FILE; or in the environment variable INFERSCOPE_KEY
  --host ADDRESS     where to listen (127.0.0.1); another address needs a key
  --allow-host NAME  a name to answer to, besides localhost; again for more`;

/** Vite's, for `npm run dev`. */
const devPort = 5173;

/** Throws an `Error` in words for the command line. `environment`: of the process. */
export function serveArguments(
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): ServeArguments {
  const { values } = parseArgs({
    args: [...args],
    options: {
      port: { type: "string", default: "8000" },
      model: { type: "string", default: "scope-2m-q4f16_1" },
      host: { type: "string", default: "127.0.0.1" },
      origin: { type: "string", multiple: true, default: [] },
      "allow-host": { type: "string", multiple: true, default: [] },
      "key-file": { type: "string" },
      key: { type: "string" },
      "api-key": { type: "string" },
    },
  });
  if (values.key !== undefined || values["api-key"] !== undefined) {
    throw new Error(
      "A key on the command line can be read by everyone on this machine (ps) and stays in the shell's history: " +
        "put it into a file (--key-file FILE) or into the environment variable INFERSCOPE_KEY",
    );
  }
  const port = Number(values.port);
  if (values.port.trim() === "" || !Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new Error(`--port is "${values.port}", use a number from 0 to 65535`);
  }
  if (!/^[\w.-]+$/.test(values.model))
    throw new Error(`--model is "${values.model}", which is no model's name`);
  const key = readKey(values["key-file"], environment["INFERSCOPE_KEY"]);
  const { host } = values;
  if (key === null && !isLocalName(host === "::1" ? "[::1]" : host)) {
    throw new Error(
      `--host ${host} lets other machines in: that needs a key, by --key-file FILE or INFERSCOPE_KEY`,
    );
  }
  return {
    host,
    port,
    model: values.model,
    access: {
      key,
      hosts: values["allow-host"].map((name) => name.toLowerCase()),
      origins: values.origin.includes("*")
        ? "*"
        : [...localOrigins(appPorts), ...values.origin.map(originOf)],
    },
  };
}

const appPorts = [devPort, ...Array.from({ length: portsTried + 1 }, (_, index) => defaultPort + index)];

/** As a browser sends it. Throws for what has no origin. */
function originOf(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url !== null && url.origin !== "null" && /^\w+:\/\/[^/?#@]+\/?$/.test(text)) return url.origin;
  throw new Error(
    `--origin is "${text}", use what the address bar shows, without a path: http://localhost:4173`,
  );
}

function readKey(file: string | undefined, variable: string | undefined): string | null {
  if (file === undefined && variable === undefined) return null;
  const key = (file === undefined ? (variable ?? "") : readFileSync(file, "utf8")).trim();
  const place = file ?? "INFERSCOPE_KEY";
  if (key === "") throw new Error(`there is no key in ${place}`);
  if (!/^[\x21-\x7e]+$/.test(key)) throw new Error(`the key in ${place} holds more than printable ASCII`);
  return key;
}
