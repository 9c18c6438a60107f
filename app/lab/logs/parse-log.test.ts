import { describe, expect, it } from "vitest";

import { parseLog } from "./parse-log.ts";

const user = { role: "user", content: "hi" };
const parse = (...lines: unknown[]) =>
  parseLog(lines.map((line) => (typeof line === "string" ? line : JSON.stringify(line))).join("\n"));

describe("a log of requests", () => {
  it.each([
    ["chat", { model: "m", messages: [user] }, [["user", "hi"]]],
    [
      "a batch file's body",
      { custom_id: "1", url: "/v1", body: { model: "m", messages: [user] } },
      [["user", "hi"]],
    ],
    ["a body as text", { body: JSON.stringify({ model: "m", messages: [user] }) }, [["user", "hi"]]],
    ["a request with a body", { request: { body: { model: "m", messages: [user] } } }, [["user", "hi"]]],
    ["a raw prompt", { model: "m", prompt: "Once" }, [["prompt", "Once"]]],
    [
      "prompts in a list",
      { model: "m", prompt: ["a", "b"] },
      [
        ["prompt", "a"],
        ["prompt", "b"],
      ],
    ],
    ["the Responses format", { model: "m", input: [user] }, [["user", "hi"]]],
    [
      "system, tools and content parts",
      {
        model: "m",
        system: [{ type: "text", text: "Be brief" }],
        tools: [{ name: "t" }],
        messages: [
          {
            role: "user",
            content: [
              { type: "text", text: "a" },
              { type: "image_url", url: "u" },
            ],
          },
        ],
      },
      [
        ["tools", '[{"name":"t"}]'],
        ["system", "Be brief"],
        ["user", 'a\n{"type":"image_url","url":"u"}'],
      ],
    ],
    [
      "tool calls",
      { model: "m", messages: [{ role: "assistant", content: null, tool_calls: [{ id: "c" }] }] },
      [["assistant", '[{"id":"c"}]']],
    ],
  ])("reads %s", (_name, line, parts) => {
    const { requests, problems } = parse(line);
    expect(problems).toEqual([]);
    expect(requests[0]?.parts.map(({ role, text }) => [role, text])).toEqual(parts);
    expect(requests[0]?.model).toBe("m");
  });

  it.each([
    [{ created: 1_764_000_000 }, 1_764_000_000_000],
    [{ ts: 1_764_000_000_123 }, 1_764_000_000_123],
    [{ timestamp: "2026-11-24T07:38:10Z" }, Date.UTC(2026, 10, 24, 7, 38, 10)],
    [{ time: "1764000000" }, 1_764_000_000_000],
    [{ timestamp: "yesterday" }, null],
    [{}, null],
  ])("the time of %j", (time, atMs) => {
    expect(parse({ ...time, messages: [user] }).requests[0]?.atMs).toBe(atMs);
  });

  it("lists bad lines with number and reason, and keeps the good ones", () => {
    const good = { messages: [user] };
    const { requests, problems } = parse(
      good,
      "{oops",
      "",
      "[1]",
      { model: "m" },
      { messages: [] },
      { messages: [{ role: "user" }] },
      { messages: ["hi"] },
      { prompt: "" },
      good,
    );
    expect(requests.map(({ line }) => line)).toEqual([1, 10]);
    expect(problems.map(({ line }) => line)).toEqual([2, 4, 5, 6, 7, 8, 9]);
    expect(problems.map(({ reason }) => reason)).toEqual([
      expect.stringMatching(/^no JSON: /),
      "the line is a list, not an object",
      "there is neither messages (a list) nor prompt (a text)",
      "messages is an empty list",
      "message 1 has no content",
      'message 1 is "hi", not an object',
      "the prompt is empty",
    ]);
  });

  it("reads an empty file and Windows line ends", () => {
    expect(parseLog("")).toEqual({ requests: [], problems: [] });
    expect(parseLog('{"prompt":"a"}\r\n{"prompt":"b"}\r\n').requests).toHaveLength(2);
  });
});
