/** The options of a load, for every experiment that sends one. */
import { option } from "../option.ts";
import { z } from "../zod.ts";
import { defaultLoad, loadLimits, type LoadSettings } from "./load.ts";

const whole = ({ min, max }: { readonly min: number; readonly max: number }) => z.int().min(min).max(max);

/** With other defaults where an experiment has its own. */
export function loadOptions(own: Partial<LoadSettings> = {}) {
  const standard = { ...defaultLoad, ...own };
  return {
    requests: option(whole(loadLimits.numRequests).default(standard.numRequests), {
      title: "Requests",
      help: "How many are sent",
    }),
    source: option(
      z.enum(["mixed", "user-analysis", "email-extraction", "prompt"]).default(standard.source),
      {
        title: "Prompts from",
        help: "Held-out rows of the lab's workloads, the same for the same seed",
        labels: {
          mixed: "Users, emails",
          "user-analysis": "User analysis",
          "email-extraction": "Email extraction",
          prompt: "Own prompt",
        },
      },
    ),
    prompt: option(z.string().trim().min(1).max(100_000).default(standard.prompt), {
      title: "Prompt",
      help: "With own prompts: {{n}} becomes the request's number",
      isLong: true,
    }),
    arrivals: option(z.enum(["burst", "poisson", "fixed"]).default(standard.arrivals), {
      title: "Arrivals",
      help: "Burst: all at once. Poisson: random gaps with this mean rate. Fixed rate: equal gaps.",
      labels: { burst: "Burst", poisson: "Poisson", fixed: "Fixed rate" },
    }),
    ratePerSecond: option(
      z
        .number()
        .min(loadLimits.ratePerSecond.min)
        .max(loadLimits.ratePerSecond.max)
        .default(standard.ratePerSecond),
      {
        title: "Rate, a second",
        help: "Requests a second, where they do not come in a burst",
        flag: "rate",
      },
    ),
    lengths: option(z.enum(["natural", "mixed", "same"]).default(standard.lengths), {
      title: "Output lengths",
      help: "Until the model ends its answer; or exactly so many tokens, past its end: drawn from max / 8 to max, or all the same",
      labels: { natural: "As they end", mixed: "Mixed", same: "All equal" },
    }),
    maxTokens: option(whole(loadLimits.maxTokens).default(standard.maxTokens), {
      title: "Max tokens",
      help: "Output tokens of one request at most",
    }),
    seed: option(whole(loadLimits.seed).default(standard.seed), {
      title: "Seed",
      help: "Of rows, arrival times and drawn lengths",
    }),
  };
}

export const loadSchema = z.object({
  source: z.string(),
  prompt: z.string(),
  numRequests: z.int(),
  arrivals: z.enum(["burst", "poisson", "fixed"]),
  ratePerSecond: z.number(),
  seed: z.int(),
  maxTokens: z.int(),
  lengths: z.enum(["natural", "mixed", "same"]),
});
