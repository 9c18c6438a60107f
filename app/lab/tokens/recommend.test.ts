import { describe, expect, it } from "vitest";

import { createRandom } from "../random.ts";
import { parseSweetSpotOptions } from "./sweet-spot-options.ts";
import { recommend, tellableText, type Level } from "./recommend.ts";

/** `accuracy` of the rows are right; the same rows are hard for every level. */
function curve(
  points: readonly (readonly [tokens: number, accuracy: number])[],
  n: number,
): readonly Level[] {
  return points.map(([tokens, accuracy], index) => ({
    id: `level-${index}`,
    title: `Level ${index}`,
    tokens,
    outcomes: Array.from({ length: n }, (_, row) => row < Math.round(accuracy * n)),
  }));
}

/** Every row of every level is drawn on its own. */
function noisy(
  points: readonly (readonly [tokens: number, accuracy: number])[],
  n: number,
  seed: number,
): readonly Level[] {
  const random = createRandom(seed);
  return points.map(([tokens, accuracy], index) => ({
    id: `level-${index}`,
    title: `Level ${index}`,
    tokens,
    outcomes: Array.from({ length: n }, () => random.next() < accuracy),
  }));
}

describe("recommendation of a level", () => {
  it("takes the last level before the curve falls", () => {
    const falling = curve(
      [
        [200, 0.98],
        [150, 0.98],
        [100, 0.975],
        [60, 0.7],
      ],
      400,
    );
    expect(recommend(falling)?.recommended.id).toBe("level-2");
  });

  it("takes the shortest level where the curve does not fall", () => {
    const flat = curve(
      [
        [200, 0.97],
        [150, 0.97],
        [100, 0.97],
        [60, 0.97],
      ],
      400,
    );
    expect(recommend(flat)?.recommended.id).toBe("level-3");
  });

  it("stays with the longest where every step costs accuracy", () => {
    const steep = curve(
      [
        [200, 0.98],
        [150, 0.9],
        [100, 0.8],
      ],
      400,
    );
    expect(recommend(steep)).toMatchObject({ recommended: { id: "level-0" }, candidate: null });
  });

  it.each([100, 200, 1000])(
    "20%% fewer tokens for 5%% instead of 2%% errors is not worth it, n = %d",
    (n) => {
      const result = recommend(
        curve(
          [
            [1000, 0.98],
            [800, 0.95],
          ],
          n,
        ),
      );
      expect(result?.recommended.id).toBe("level-0");
      expect(result?.levels[1]).toMatchObject({ verdict: "worse", errorRatio: 2.5 });
      expect(result?.levels[1]?.tokenChange).toBeCloseTo(-0.2);
      expect(result?.reason).toContain(
        "saves 20% of the tokens and takes the error rate from 2% to 5%, 2.5 times the errors: not worth it",
      );
    },
  );

  it("does not take few rows for a proof", () => {
    const result = recommend(
      curve(
        [
          [200, 1],
          [100, 1],
        ],
        20,
      ),
    );
    expect(result?.recommended.id).toBe("level-0");
    expect(result?.candidate?.id).toBe("level-1");
    expect(result?.candidate?.rowsToDecide).toBeGreaterThan(100);
    expect(result?.reason).toContain("may do as well");
  });

  it("needs as many rows as it says", () => {
    const rows =
      recommend(
        curve(
          [
            [200, 1],
            [100, 1],
          ],
          20,
        ),
      )?.candidate?.rowsToDecide ?? 0;
    expect(
      recommend(
        curve(
          [
            [200, 1],
            [100, 1],
          ],
          rows,
        ),
      )?.recommended.id,
    ).toBe("level-1");
  });

  it("seldom recommends a level that is worse, however the noise falls", () => {
    const points = [
      [200, 0.98],
      [160, 0.95],
      [120, 0.9],
      [80, 0.6],
    ] as const;
    const harmful = Array.from({ length: 400 }, (_, seed) => recommend(noisy(points, 200, seed)));
    const numHarmful = harmful.filter((result) => result?.recommended.id !== "level-0").length;
    // One-sided 2.5%, and the draws in which the worse level came out best.
    expect(numHarmful / 400).toBeLessThan(0.06);
  });

  it("recommends a shorter level through noise when the curve is flat and the rows are many", () => {
    const points = [
      [200, 0.99],
      [160, 0.99],
      [120, 0.99],
      [80, 0.99],
    ] as const;
    const results = Array.from({ length: 100 }, (_, seed) => recommend(noisy(points, 2000, seed)));
    expect(results.filter((result) => result?.recommended.id === "level-3").length).toBeGreaterThan(95);
  });

  it("prefers a shorter prompt that is more accurate", () => {
    const rising = curve(
      [
        [200, 0.8],
        [100, 0.95],
        [60, 0.5],
      ],
      200,
    );
    expect(recommend(rising)?.recommended.id).toBe("level-1");
  });

  it("accepts as much loss as it is told", () => {
    const levels = curve(
      [
        [200, 0.98],
        [100, 0.95],
      ],
      1000,
    );
    expect(recommend(levels, 0.05)?.recommended.id).toBe("level-1");
  });

  it("leaves out rows and levels without an answer", () => {
    const [first, second] = curve(
      [
        [200, 1],
        [100, 1],
      ],
      4,
    );
    const levels: readonly Level[] = [
      { ...first!, outcomes: [null, true, true, true] },
      { ...second!, outcomes: [true, true, false, null] },
      { ...second!, id: "silent", outcomes: [null, null, null, null] },
    ];
    const result = recommend(levels);
    expect(result?.levels.map(({ id, n }) => [id, n])).toEqual([
      ["level-0", 3],
      ["level-1", 3],
    ]);
    expect(result?.levels[1]?.difference).toBe(-0.5);
    expect(recommend([])).toBeNull();
  });
});

describe("what rows can tell", () => {
  it("is said before they are asked", () => {
    expect(tellableText(20, 0.02)).toBe(
      "At best 20 rows can exclude a loss of more than 12.9 points. So no shorter prompt can be recommended: to show a loss of at most 2 points takes 140 rows where not one changes, about 271 where one in fifty does.",
    );
    expect(tellableText(200, 0.02)).toMatch(
      /^At best 200 rows can exclude a loss of more than 1.4 points\. To show/,
    );
    expect(tellableText(5, 0.05)).toMatch(/^5 rows tell nothing: an interval needs 6\./);
  });

  it("is true: the defaults can recommend", () => {
    const { rows, acceptedLoss } = parseSweetSpotOptions({});
    const flat = curve(
      [
        [200, 1],
        [100, 1],
      ],
      rows,
    );
    expect(recommend(flat, acceptedLoss)?.recommended.id).toBe("level-1");
  });

  it("is nothing below six rows: no interval, no verdict", () => {
    const result = recommend(
      curve(
        [
          [200, 1],
          [100, 0],
        ],
        5,
      ),
    );
    expect(result?.levels[1]).toMatchObject({
      verdict: "undecided",
      interval: null,
      differenceInterval: null,
    });
    expect(result?.reason).toContain("a loss of 100 points cannot be excluded yet");
  });
});
