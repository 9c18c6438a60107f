import { beforeEach, expect, it } from "vitest";
import { page, userEvent } from "vitest/browser";
import { render } from "vitest-browser-react";
import { Router } from "wouter";
import { memoryLocation } from "wouter/memory-location";

import "../styles/global.css";
import { viewGroups, views } from "../views.ts";
import { Rail } from "./Rail.tsx";

let location = memoryLocation({ path: "/compare", record: true });
beforeEach(() => {
  location = memoryLocation({ path: "/compare", record: true });
});

const rail = () =>
  render(
    <Router hook={location.hook}>
      <Rail />
      <main id="main" tabIndex={-1}>
        <h1>A view</h1>
      </main>
    </Router>,
  );

it("wide: every view stands under what it is wanted for, and the current one is marked", async () => {
  await page.viewport(1200, 800);
  const screen = await rail();
  for (const group of viewGroups) {
    await expect.element(screen.getByRole("heading", { name: group.name, exact: true })).toBeVisible();
  }
  const links = screen.getByRole("link");
  await expect.poll(() => links.elements().length).toBe(views.length);
  await expect.element(screen.getByRole("link", { name: "Compare" })).toHaveAttribute("aria-current", "page");
  expect(viewGroups.every((group) => group.views.length <= 5)).toBe(true);
});

it("on a phone: a bar of groups that fits, each opens its views, one is followed", async () => {
  await page.viewport(390, 800);
  const screen = await rail();
  const buttons = screen.getByRole("button").elements();
  expect(buttons).toHaveLength(viewGroups.length);
  for (const button of buttons) {
    const { left, right, height } = button.getBoundingClientRect();
    expect(left).toBeGreaterThanOrEqual(0);
    expect(right).toBeLessThanOrEqual(390);
    expect(height).toBeGreaterThanOrEqual(44);
    expect(button.scrollWidth).toBeLessThanOrEqual(button.clientWidth);
  }
  expect(screen.getByRole("link").elements()).toHaveLength(0);
  await screen.getByRole("button", { name: "Look inside" }).click();
  await screen.getByRole("link", { name: "Cache" }).click();
  expect(location.history).toEqual(["/compare", "/cache"]);
  await expect.element(screen.getByRole("main")).toHaveFocus();
  expect(screen.getByRole("link").elements()).toHaveLength(0);
});

it("on a phone: Escape and a touch elsewhere close what is open", async () => {
  await page.viewport(390, 800);
  const screen = await rail();
  const group = screen.getByRole("button", { name: "Set up" });
  await group.click();
  await expect.element(group).toHaveAttribute("aria-expanded", "true");
  await userEvent.keyboard("{Escape}");
  await expect.element(group).toHaveAttribute("aria-expanded", "false");
  await group.click();
  await screen.getByRole("heading", { name: "A view" }).click();
  await expect.element(group).toHaveAttribute("aria-expanded", "false");
});
