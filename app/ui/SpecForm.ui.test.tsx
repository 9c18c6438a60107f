import { useState } from "react";
import { expect, it } from "vitest";
import { userEvent } from "vitest/browser";
import { render } from "vitest-browser-react";

import { allFields } from "../gallery/controls.tsx";
import { SpecForm } from "./SpecForm.tsx";

const changes: Readonly<Record<string, unknown>>[] = [];

function Form({ problems = {} }: { problems?: Readonly<Record<string, string>> }) {
  const [values, setValues] = useState<Readonly<Record<string, unknown>>>({});
  return (
    <SpecForm
      label="Options"
      fields={allFields}
      values={values}
      problems={problems}
      onChange={(change) => {
        changes.push(change);
        setValues({ ...values, ...change });
      }}
    />
  );
}

it("shows what holds until something is chosen, and reports each value as the options want it", async () => {
  changes.length = 0;
  const screen = await render(<Form />);
  const field = (name: string) => screen.getByRole("textbox", { name, exact: true });
  await expect.element(field("Requests")).toHaveValue("8");
  await expect.element(field("At once (requests)")).toHaveValue("1, 2, 4");
  await field("Requests").fill("12");
  await field("Requests a minute").fill("60");
  await field("Requests a minute").fill("");
  await field("At once (requests)").fill("1, 8");
  await screen.getByLabelText("Arrivals").selectOptions("poisson");
  await screen.getByLabelText("Structured").click();
  await screen.getByRole("switch").click();
  expect(changes).toEqual([
    { requests: 12 },
    { perMinute: 60 },
    { perMinute: null },
    { levels: [1, 8] },
    { arrivals: "poisson" },
    { plans: ["naive", "structured"] },
    { cold: false },
  ]);
});

it("what is typed stays as it is typed, also what was refused", async () => {
  changes.length = 0;
  const screen = await render(<Form />);
  const requests = screen.getByRole("textbox", { name: "Requests", exact: true });
  await requests.fill("");
  await userEvent.type(requests, "1.5x");
  await expect.element(requests).toHaveValue("1.5x");
  expect(changes.at(-1)).toEqual({ requests: Number.NaN });
});

it("says a problem at its field, and opens the fold that holds one", async () => {
  const screen = await render(
    <Form
      problems={{ requests: "Requests: use a whole number from 1 to 200.", prompt: "Prompt: it is empty." }}
    />,
  );
  const requests = screen.getByRole("textbox", { name: "Requests", exact: true });
  await expect.element(requests).toHaveAttribute("aria-invalid", "true");
  await expect.element(requests).toHaveAccessibleDescription("Requests: use a whole number from 1 to 200.");
  await expect.element(screen.getByRole("textbox", { name: "Prompt" })).toBeVisible();
});
