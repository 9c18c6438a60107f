/** The option `prices` of experiments that compute costs. */
import { option } from "../option.ts";
import { z } from "../zod.ts";
import { guidePrices, priceSheet } from "./pricing.ts";

const price = z.number().min(0);

/** US dollars per million tokens; the guide's example prices unless told. */
export const pricesOption = () =>
  option(
    z
      .object({ inputPerMillion: price, cachedInputPerMillion: price, outputPerMillion: price })
      .optional()
      .transform((prices) => (prices === undefined ? guidePrices : priceSheet(prices))),
    {
      title: "Prices",
      help: "{inputPerMillion, cachedInputPerMillion, outputPerMillion} in US dollars",
      flag: null,
      input: "other",
    },
  );
