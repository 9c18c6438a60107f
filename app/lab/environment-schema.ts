/** An imported report's `Environment`. */
import { z } from "./zod.ts";

const textOrNull = z.string().nullable();

export const environmentSchema = z.object({
  adapter: textOrNull,
  isSoftwareAdapter: z.boolean().nullable(),
  features: z.array(z.string()),
  isolation: z.boolean(),
  clockResolution: z.number().nullable(),
  appVersion: z.string(),
  modelId: textOrNull,
  weightsHash: textOrNull,
  quantization: textOrNull,
  runner: textOrNull,
  backend: textOrNull,
  server: z.string().optional(),
  syntheticWeights: z.boolean().nullable(),
  userAgent: z.string(),
  date: z.string(),
});
