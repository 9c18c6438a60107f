import { expect, it } from "vitest";

import { playwrightTimes, slowest, vitestTimes } from "./test-times.ts";

it("reads what Vitest and Playwright report, slowest first", () => {
  const unit = {
    testResults: [
      { name: "/app/lab/a.test.ts", startTime: 1000, endTime: 1500 },
      { name: "/app/lab/b.test.ts", startTime: 1000, endTime: 13_340 },
    ],
  };
  expect(slowest(vitestTimes(unit, "/app"))).toBe("lab/b.test.ts 12.3, lab/a.test.ts 0.5");
  const test = (...durations: readonly number[]) => ({
    tests: [{ results: durations.map((duration) => ({ duration })) }],
  });
  const e2e = {
    suites: [
      { file: "x.spec.ts", specs: [test(500)] },
      // A test that ran twice, and one in a group.
      { file: "y.spec.ts", specs: [test(1000, 1000)], suites: [{ file: "y.spec.ts", specs: [test(2000)] }] },
    ],
  };
  expect(slowest(playwrightTimes(e2e))).toBe("y.spec.ts 4.0, x.spec.ts 0.5");
  expect(slowest(playwrightTimes(e2e), 1)).toBe("y.spec.ts 4.0");
});
