import { expect, it } from "vitest";

import { searchCommands, type PaletteCommand } from "./commands.ts";

const command = (group: string, title: string): PaletteCommand => {
  return { id: title, group, title, run: () => undefined };
};
const commands = [command("Go to", "Compare"), command("Go to", "Models"), command("Theme", "dark")];
const found = (query: string) => searchCommands(commands, query).map(({ title }) => title);

it("finds every word anywhere, in any order and case", () => {
  expect(found("")).toEqual(["Compare", "Models", "dark"]);
  expect(found("MODELS go")).toEqual(["Models"]);
  expect(found("dark theme")).toEqual(["dark"]);
  expect(found("go dark")).toEqual([]);
});
