import { describe, expect, it } from "vitest";

import { scale, soakTimeoutMs } from "../../../workers/testing/soak.ts";
import { claimKinds, verdictShares } from "./testing/noise.ts";

const isSoak = scale(0, 1, 0) === 1;
const runs = scale(400, 10_000, 400);
/** Of 400 runs, 95% and 5% are told to two points and a half. */
const slack = scale(0.025, 0.005, 0.025);

describe("claims tested on noise", () => {
  it.each(claimKinds)(
    "$name",
    (kind) => {
      const { holds, short, fails } = kind.truths;
      const [margin, almost, none] = [holds, short, fails].map((truth) => verdictShares(kind, truth, runs));
      if (isSoak) {
        console.log(
          `${kind.name}, n = ${kind.n}: true with a margin holds in ${percent(margin?.holds)}, ` +
            `just short of it in ${percent(almost?.holds)}; just short of a part, in part in ${percent(none?.partly)}`,
        );
      }
      expect(margin?.holds).toBeGreaterThanOrEqual(0.95 - slack);
      expect(margin?.fails).toBe(0);
      expect(almost?.fails).toBe(0);
      expect(almost?.holds).toBeLessThanOrEqual(0.05 + slack);
      expect(none?.holds).toBe(0);
      expect(none?.partly).toBeLessThanOrEqual(0.05 + slack);
    },
    soakTimeoutMs,
  );
});

const percent = (share: number | undefined): string => `${(100 * (share ?? Number.NaN)).toFixed(1)}%`;
