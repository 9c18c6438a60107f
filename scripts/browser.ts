/**
 * The browser that tests, the lab and the bench drive.
 *
 * On x64 Linux it comes from npm (`@sparticuz/chromium`: headless Chromium with
 * SwiftShader and its system libraries), so `npm ci` is the whole set-up.
 * Elsewhere the installed Chrome is used. `INFERSCOPE_BROWSER` names another executable.
 */
import { existsSync } from "node:fs";
import os from "node:os";
import path from "node:path";

export interface BrowserLaunch {
  executablePath?: string;
  channel?: "chrome";
  args: string[];
  env: Record<string, string>;
}

/** `swiftshader` forces the software adapter, `default` takes the real one, `none` offers no WebGPU adapter. */
export type AdapterChoice = "swiftshader" | "default" | "none";

const commonArgs = [
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--disable-quic",
];

const adapterArgs: Record<AdapterChoice, string[]> = {
  swiftshader: ["--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader"],
  default: ["--enable-unsafe-webgpu", "--enable-features=Vulkan"],
  none: [],
};

export async function browserLaunch(adapter: AdapterChoice): Promise<BrowserLaunch> {
  const args = [...commonArgs, ...adapterArgs[adapter]];
  const env = { ...(process.env as Record<string, string>) };
  const custom = process.env["INFERSCOPE_BROWSER"];
  if (custom !== undefined && custom !== "") {
    if (!existsSync(custom)) throw new Error(`INFERSCOPE_BROWSER names ${custom}, which does not exist`);
    return { executablePath: custom, args: ["--no-sandbox", ...args], env };
  }
  if (process.platform !== "linux" || process.arch !== "x64") return { channel: "chrome", args, env };

  // The package unpacks its own system libraries only where it believes itself on Lambda.
  process.env["AWS_EXECUTION_ENV"] ??= "AWS_Lambda_nodejs22.x";
  const { default: chromium } = await import("@sparticuz/chromium");
  const executablePath = await chromium.executablePath();
  const libraries = ["al2023/lib", "al2023", "swiftshader"].map((dir) => path.join(os.tmpdir(), dir));
  env["LD_LIBRARY_PATH"] = [...libraries.filter((dir) => existsSync(dir)), process.env["LD_LIBRARY_PATH"]]
    .filter(Boolean)
    .join(":");
  delete env["AWS_EXECUTION_ENV"];
  return { executablePath, args: ["--no-sandbox", ...args], env };
}
