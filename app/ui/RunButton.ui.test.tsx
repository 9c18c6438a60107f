import { useState } from "react";
import { expect, it, vi } from "vitest";
import { userEvent } from "vitest/browser";
import { render } from "vitest-browser-react";

import { RunButton } from "./RunButton.tsx";

function Run({ onRun = () => undefined, onCancel = () => undefined }) {
  const [running, setRunning] = useState(false);
  return (
    <RunButton
      running={running}
      label="Run it"
      onRun={() => {
        setRunning(true);
        onRun();
      }}
      onCancel={() => {
        setRunning(false);
        onCancel();
      }}
    />
  );
}

it("keeps the focus over a start and a cancel by keyboard", async () => {
  const screen = await render(<Run />);
  await userEvent.tab();
  await userEvent.keyboard("{Enter}");
  await expect.element(screen.getByRole("button", { name: "Cancel" })).toHaveFocus();
  await userEvent.keyboard("{Enter}");
  await expect.element(screen.getByRole("button", { name: "Run it" })).toHaveFocus();
});

it("keeps the focus when the run ends by itself", async () => {
  const props = { label: "Run it", onRun: () => undefined, onCancel: () => undefined };
  const screen = await render(<RunButton running {...props} />);
  await userEvent.tab();
  await screen.rerender(<RunButton running={false} {...props} />);
  await expect.element(screen.getByRole("button", { name: "Run it" })).toHaveFocus();
});

it("a double click starts one run and does not cancel it", async () => {
  const [onRun, onCancel] = [vi.fn(), vi.fn()];
  const screen = await render(<Run onRun={onRun} onCancel={onCancel} />);
  await screen.getByRole("button").dblClick();
  expect(onRun).toHaveBeenCalledTimes(1);
  expect(onCancel).not.toHaveBeenCalled();
});

it("a key that is held down starts one run", async () => {
  const [onRun, onCancel] = [vi.fn(), vi.fn()];
  const screen = await render(<Run onRun={onRun} onCancel={onCancel} />);
  await userEvent.tab();
  await userEvent.keyboard("{Enter>8/}");
  expect(onRun).toHaveBeenCalledTimes(1);
  expect(onCancel).not.toHaveBeenCalled();
  await expect.element(screen.getByRole("button", { name: "Cancel" })).toBeVisible();
});
