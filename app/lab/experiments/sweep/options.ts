import { z } from "../../zod.ts";

/** Requests in flight, one point each. */
export const concurrencyList = (standard: readonly number[]) =>
  z
    .array(z.int().min(1).max(64))
    .max(20)
    .default([...standard]);
