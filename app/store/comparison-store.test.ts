import { expect, it, vi } from "vitest";

import { InferscopeError } from "../../protocol/index.ts";
import { guidePrices } from "../lab/pricing.ts";
import { createComparison } from "./comparison-store.ts";

const choice = { from: "naive-chain", to: "structured", rows: "1", repeats: "1" } as const;

it("asks for one run at a time, with the plans and prices chosen", () => {
  const run = vi.fn(() => new Promise(() => undefined));
  const comparison = createComparison({ run });
  comparison.run(choice, guidePrices);
  comparison.run(choice, guidePrices);
  expect(run).toHaveBeenCalledOnce();
  expect(run).toHaveBeenCalledWith(
    "compare",
    expect.objectContaining({ plans: ["naive-chain", "structured"], rows: 1, prices: guidePrices }),
  );
  expect(comparison.store.getState().live).not.toBeNull();
});

it("keeps the error of a failed run and can run again", async () => {
  const run = vi.fn(() => Promise.reject(new InferscopeError("no-model", "No model is loaded.")));
  const comparison = createComparison({ run });
  comparison.run(choice, guidePrices);
  await vi.waitFor(() => expect(comparison.store.getState().live).toBeNull());
  expect(comparison.store.getState().error?.kind).toBe("no-model");
  comparison.run(choice, guidePrices);
  expect(run).toHaveBeenCalledTimes(2);
});
