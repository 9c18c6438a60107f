/** The command line of the bench. Throws with what is wrong, in words. */
import { parseArgs } from "node:util";

import {
  commonArguments,
  commonOptions,
  commonUsage,
  count,
  oneOf,
  type CommonArguments,
} from "./arguments.ts";
import { shapes, type ShapeName } from "./random-weights.ts";

export interface BenchArguments extends CommonArguments {
  /** A smoke run on the embedded model. */
  readonly quick: boolean;
  /** Null: the bench's own choice. */
  readonly passes: number | null;
  /** The random-weight model that is measured too; null for none. */
  readonly shape: ShapeName | null;
}

const shapeNames = Object.keys(shapes) as ShapeName[];

export const benchUsage = `npm run bench [-- options]

  --quick            a smoke run: fewer batch sizes, one pass, no larger shape
  --passes P         times that everything is measured (4; 2 for the larger shape), every second one backwards
  --shape S          random weights to measure too: ${shapeNames.join(", ")} or none (22m)
${commonUsage}`;

export function parseBenchArguments(args: readonly string[]): BenchArguments {
  const { values } = parseArgs({
    args: [...args],
    options: {
      quick: { type: "boolean", default: false },
      passes: { type: "string" },
      shape: { type: "string" },
      ...commonOptions,
    },
  });
  const shape = oneOf("shape", values.shape ?? (values.quick ? "none" : "22m"), [...shapeNames, "none"]);
  return {
    ...commonArguments(values),
    quick: values.quick,
    passes: values.passes === undefined ? null : count("passes", values.passes),
    shape: shape === "none" ? null : shape,
  };
}
