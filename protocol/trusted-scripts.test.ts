import { describe, expect, it } from "vitest";

import { trustOwnScripts } from "./trusted-scripts.ts";

function rulesOf(folder: string) {
  const made: { name: string; rules: { createScriptURL: (url: string) => string } }[] = [];
  const trustedTypes = {
    createPolicy: (name: string, rules: { createScriptURL: (url: string) => string }) =>
      made.push({ name, rules }),
  };
  trustOwnScripts({ trustedTypes }, folder);
  return made[0]!;
}

describe("scripts that a thread may be started from", () => {
  const { name, rules } = rulesOf("https://a.test/app/");

  it("are the app's own", () => {
    expect(name).toBe("default");
    const url = "https://a.test/app/assets/worker-1.js";
    expect(rules.createScriptURL(url)).toBe(url);
  });

  it.each([
    "https://evil.test/x.js",
    "https://a.test/other/x.js",
    "https://a.test/app/../x.js",
    "https://a.test.evil.test/app/x.js",
    "data:text/javascript,1",
    "blob:https://a.test/1",
    "x.js",
  ])("are not %s", (url) => {
    expect(() => rules.createScriptURL(url)).toThrow("no script of this app");
  });

  it("allow no markup and no code", () => {
    expect(Object.keys(rules)).toEqual(["createScriptURL"]);
  });
});

it("needs nothing where there are no Trusted Types", () => {
  expect(() => trustOwnScripts({}, "https://a.test/")).not.toThrow();
});
