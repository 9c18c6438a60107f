import { expect, it, vi } from "vitest";

import { InferscopeError } from "../../protocol/index.ts";
import { guidePrices } from "../lab/pricing.ts";
import { createComparison } from "./comparison-store.ts";
import { chosenInfo, workloadInfos } from "./workload-info.ts";

const choice = {
  workload: "user-analysis",
  from: "naive-chain",
  to: "structured",
  also: ["structured", "json"],
  rows: "1",
  repeats: "1",
} as const;
const workload = chosenInfo(workloadInfos([]), "user-analysis");

it("asks for one run at a time, with the plans and prices chosen", () => {
  const run = vi.fn(() => new Promise(() => undefined));
  const comparison = createComparison({ run });
  comparison.run(choice, workload, guidePrices);
  comparison.run(choice, workload, guidePrices);
  expect(run).toHaveBeenCalledOnce();
  expect(run).toHaveBeenCalledWith(
    "compare",
    expect.objectContaining({
      workload: "user-analysis",
      plans: ["naive-chain", "structured", "json"],
      rows: 1,
      prices: guidePrices,
    }),
  );
  expect(comparison.store.getState().live).not.toBeNull();
});

it("keeps the error of a failed run and can run again", async () => {
  const run = vi.fn(() => Promise.reject(new InferscopeError("no-model", "No model is loaded.")));
  const comparison = createComparison({ run });
  comparison.run(choice, workload, guidePrices);
  await vi.waitFor(() => expect(comparison.store.getState().live).toBeNull());
  expect(comparison.store.getState().error?.kind).toBe("no-model");
  comparison.run(choice, workload, guidePrices);
  expect(run).toHaveBeenCalledTimes(2);
});
