import { sha256 as sha256Of } from "hash-wasm";
import { describe, expect, it } from "vitest";

import type { InstallProblem } from "../protocol/index.ts";
import { checkPlugin } from "./precache-check.ts";

const script = "export const answer = 42;";
const sha256 = await sha256Of(script);
const request = new Request("https://a.test/app/assets/a-1.js");

function plugin() {
  const told: InstallProblem[] = [];
  const check = checkPlugin({
    entries: [{ url: "assets/a-1.js", revision: null, sha256 }],
    baseUrl: "https://a.test/app/",
    finish: (response) => new Response(response.body, { headers: { "X-Kept": "1" } }),
    tell: (problem) => told.push(problem),
  });
  return { check, told };
}

describe("what the service worker keeps", () => {
  it("is what was built, whole", async () => {
    const { check, told } = plugin();
    const kept = await check.cacheWillUpdate({ request, response: new Response(script) });
    expect(kept?.headers.get("x-kept")).toBe("1");
    expect(await kept?.text()).toBe(script);
    expect(told).toEqual([]);
  });

  it.each([
    ["a start page with status 200", new Response("<!doctype html>"), "differs", "15 bytes"],
    ["half of the file", new Response(script.slice(0, 10)), "differs", "10 bytes"],
    ["one byte that differs", new Response(script.replace("42", "43")), "differs", "25 bytes"],
    ["a 404", new Response(script, { status: 404 }), "status", "404"],
  ] as const)("is not %s", async (_name, response, reason, detail) => {
    const { check, told } = plugin();
    expect(await check.cacheWillUpdate({ request, response })).toBeNull();
    expect(told).toEqual([{ reason, file: "assets/a-1.js", detail }]);
  });

  it("is not what nobody built", async () => {
    const { check } = plugin();
    const other = new Request("https://a.test/app/other.js");
    expect(await check.cacheWillUpdate({ request: other, response: new Response(script) })).toBeNull();
  });

  it.each([
    ["QuotaExceededError", "full"],
    ["no-response", "unreachable"],
    ["TypeError", "unreachable"],
    ["bad-precaching-response", "other"],
  ])("a %s is told as %s", async (name, reason) => {
    const { check, told } = plugin();
    const error = Object.assign(new Error("its words"), { name });
    await check.handlerDidError({ request, error, event: new Event("fetch") });
    expect(told).toEqual([]);
    await check.handlerDidError({ request, error, event: new Event("install") });
    expect(told).toEqual([{ reason, file: "assets/a-1.js", detail: "its words" }]);
  });

  it("tells the first problem, and not what follows from it", async () => {
    const { check, told } = plugin();
    await check.cacheWillUpdate({ request, response: new Response("no") });
    await check.handlerDidError({ request, error: new Error("bad response"), event: new Event("install") });
    expect(told.map(({ reason }) => reason)).toEqual(["differs"]);
  });
});
