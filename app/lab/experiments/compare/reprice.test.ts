import { expect, it } from "vitest";

import recorded from "../../../../public/traces/compare-user-analysis.json" with { type: "json" };
import { readAs } from "../../testing/experiments.ts";
import { guidePrices, priceSheet } from "../../pricing/pricing.ts";
import { reprice } from "./reprice.ts";
import { toRecord } from "../../step-records.ts";
import { stepTrace } from "../../testing/traces.ts";

it("changes what is cost, and keeps all else of a report", async () => {
  const steps = [toRecord(stepTrace(1, { startMs: 10 }))];
  const report = { ...(await readAs("compare", recorded)), steps };
  const free = reprice(
    report,
    priceSheet({ inputPerMillion: 0, cachedInputPerMillion: 0, outputPerMillion: 0 }),
  );
  expect(free.plans.map(({ costUsd }) => costUsd)).toEqual(report.plans.map(() => 0));
  const back = reprice(free, guidePrices);
  expect(Object.keys(back).sort()).toEqual(Object.keys(report).sort());
  expect(back).toEqual(reprice(report, guidePrices));
  expect(back.steps).toEqual(steps);
});
