/** What reports are made of, as a file must have it. */
import { z } from "./zod.ts";

export const textOrNull = z.string().nullable();
export const numberOrNull = z.number().nullable();
export const intervalSchema = z.tuple([z.number(), z.number()]);

export const environmentSchema = z.object({
  adapter: textOrNull,
  isSoftwareAdapter: z.boolean().nullable(),
  features: z.array(z.string()),
  isolation: z.boolean(),
  clockResolution: numberOrNull,
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

export const errorSchema = z.object({ kind: z.string(), message: z.string(), hint: z.string().optional() });

export const policySchema = z.object({
  batching: z.enum(["continuous", "static", "none"]),
  prefixCache: z.boolean(),
  // Reports from before entries could expire lack it.
  cacheTtlSeconds: numberOrNull.optional(),
  chunkedPrefill: z.boolean(),
  order: z.enum(["fcfs", "longest-prefix"]),
  maxNumSeqs: z.number(),
  maxNumBatchedTokens: z.number(),
  numBlocks: z.number(),
  blockSize: z.number(),
});

/** A report of an experiment; fields that this version does not know pass through. */
export const reportSchema = <Shape extends z.ZodRawShape>(id: string, version: number, shape: Shape) =>
  z.looseObject({
    kind: z.literal(`inferscope.${id}`),
    version: z.literal(version),
    environment: environmentSchema,
    aborted: z.boolean(),
    ...shape,
  });
