/** Whether two engines answered with the same weights, as far as they tell. */
import type { Environment } from "../../environment.ts";
import type { WeightsCheck } from "./report.ts";

export function checkWeights(a: Environment | null, b: Environment | null): WeightsCheck {
  if (a === null || b === null)
    return { verdict: "unknown", text: "Only one of the engines loaded a model." };
  if (a.weightsHash !== null && b.weightsHash !== null) {
    return a.weightsHash === b.weightsHash
      ? { verdict: "same", text: `Both loaded the same files: hash ${a.weightsHash} of all shards.` }
      : {
          verdict: "different",
          text: `The weights differ: ${named(a)}, hash ${a.weightsHash}, against ${named(b)}, hash ${b.weightsHash}. Times compare two models, not two engines.`,
        };
  }
  return a.modelId === b.modelId && a.quantization === b.quantization
    ? {
        verdict: "named-alike",
        text: `Both loaded ${named(a)} by name; one of the engines tells no hash of its files, so the bytes were not compared.`,
      }
    : {
        verdict: "different",
        text: `The models differ: ${named(a)} against ${named(b)}. Times compare two models, not two engines.`,
      };
}

const named = ({ modelId, quantization }: Environment): string =>
  `${modelId ?? "an unnamed model"} (${quantization ?? "quantization unknown"})`;
