import axe from "axe-core";
import { afterEach, beforeEach, expect, it } from "vitest";
import { page } from "vitest/browser";
import { render } from "vitest-browser-react";

import "../styles/global.css";
import { stories } from "./Gallery.tsx";

const themes = ["light", "dark"] as const;
const errors: string[] = [];
const note = (...parts: unknown[]) => errors.push(parts.map(String).join(" "));
const { error } = console;

beforeEach(() => {
  errors.length = 0;
  console.error = note;
});
afterEach(() => {
  console.error = error;
  document.documentElement.dataset["theme"] = "light";
});

it.each([1200, 390])("every part fits into %i px", async (width) => {
  await page.viewport(width, 800);
  const screen = await render(
    <main style={{ padding: 16 }}>
      {stories.map((story) => (
        <section key={`${story.part} ${story.state}`} data-story={`${story.part}, ${story.state}`}>
          {story.render()}
        </section>
      ))}
    </main>,
  );
  await expect.poll(() => screen.container.querySelectorAll("svg text").length).toBeGreaterThan(100);
  const wide = [...screen.container.querySelectorAll<HTMLElement>("[data-story]")]
    .filter((section) => section.scrollWidth > section.clientWidth)
    .map((section) => section.dataset["story"]);
  expect(wide).toEqual([]);
  expect(errors).toEqual([]);
});

it.each(themes)("every part is accessible in the %s theme", async (theme) => {
  await page.viewport(1000, 800);
  document.documentElement.dataset["theme"] = theme;
  const { container } = await render(
    <main>
      <h1>Parts</h1>
      {stories.map((story) => (
        <section key={`${story.part} ${story.state}`}>{story.render()}</section>
      ))}
    </main>,
  );
  const { violations } = await axe.run(container, {
    runOnly: ["wcag2a", "wcag2aa"],
    // Parts of one page may well have one name twice here.
    rules: { "duplicate-id-aria": { enabled: false } },
  });
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`)).toEqual([]);
});
