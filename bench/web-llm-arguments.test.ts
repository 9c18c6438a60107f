import { describe, expect, it } from "vitest";

import { parseWebLlmArguments } from "./web-llm-arguments.ts";

describe("the command line of test:web-llm", () => {
  it("takes an id, or a folder with its library", () => {
    expect(parseWebLlmArguments(["--model", "X", "--json", "a.json"])).toEqual({
      source: { id: "X" },
      json: "a.json",
    });
    const [url, modelLib] = ["http://127.0.0.1:8080/m/", "http://127.0.0.1:8080/m.wasm"];
    expect(parseWebLlmArguments(["--model-url", url, "--model-lib", modelLib])).toEqual({
      source: { url, modelLib },
      json: null,
    });
  });

  it.each([
    [[]],
    [["--model-url", "http://a.example/m/"]],
    [["--model", "X", "--model-lib", "http://a.example/m.wasm"]],
  ])("refuses %j", (args) => {
    expect(() => parseWebLlmArguments(args)).toThrow("name a model");
  });

  it("refuses what is no address", () => {
    expect(() =>
      parseWebLlmArguments(["--model-url", "m", "--model-lib", "http://a.example/m.wasm"]),
    ).toThrow('--model-url is "m"');
  });
});
