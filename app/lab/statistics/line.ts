/** Straight lines through points. */
import { studentT } from "./distributions.ts";
import { constant, leastUnits, tooFew, withInterval, withoutInterval, type Estimate } from "./estimate.ts";
import { mean } from "./summary.ts";

/** One unit each: of several measurements of a unit at one x, their mean. */
export type Point = readonly [x: number, y: number];

export interface Line {
  readonly intercept: number;
  readonly slope: number;
  /** Share of the variance explained; null where y does not vary. */
  readonly r2: number | null;
  readonly n: number;
}

/** Least squares y = intercept + slope·x. Slope 0 where x does not vary. */
export function fitLine(points: readonly Point[]): Line {
  const meanX = mean(points.map(([x]) => x));
  const meanY = mean(points.map(([, y]) => y));
  let [varianceX, covariance, varianceY] = [0, 0, 0];
  for (const [x, y] of points) {
    varianceX += (x - meanX) ** 2;
    covariance += (x - meanX) * (y - meanY);
    varianceY += (y - meanY) ** 2;
  }
  const slope = varianceX === 0 ? 0 : covariance / varianceX;
  return {
    intercept: meanY - slope * meanX,
    slope,
    r2: varianceY === 0 ? null : (slope * covariance) / varianceY,
    n: points.length,
  };
}

/**
 * Slope with its interval: Student's, widened as that of a mean is (`means.ts`) by the largest
 * residual. Points are units; where each unit was measured at several x, take the mean of the
 * units' own slopes instead. Unbounded where x does not vary.
 */
export function estimateSlope(points: readonly Point[]): Estimate {
  const { intercept, slope, n } = fitLine(points);
  const meanX = mean(points.map(([x]) => x));
  const varianceX = points.reduce((sum, [x]) => sum + (x - meanX) ** 2, 0);
  if (n < leastUnits) return tooFew(slope, n);
  if (varianceX === 0) return withoutInterval(slope, n, { reason: "unbounded" });
  const squares = points.map(([x, y]) => (y - intercept - slope * x) ** 2);
  const size = Math.max(...points.map(([, y]) => y ** 2));
  if (squares.every((square) => square <= 1e-20 * size)) return constant(slope, n, "mean", 0);
  const residual = (squares.reduce((sum, square) => sum + square, 0) + 2 * Math.max(...squares)) / n;
  const half = studentT(n - 3) * Math.sqrt(residual / varianceX);
  return withInterval(slope, n, [slope - half, slope + half]);
}
