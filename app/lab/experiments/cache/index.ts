/** What breaks the prefix cache: a timestamp at the front, in the middle and at the end; the hit rate by request. */
import { cancelled, defineExperiment } from "../../experiment.ts";
import { option, policyOption } from "../../option.ts";
import { withPolicy } from "../../with-policy.ts";
import { z } from "../../zod.ts";
import { cacheFigures, cacheSchema, cacheVersion, migrateCache, type CacheReport } from "./report.ts";
import { measureCache } from "./run.ts";

export const experiment = defineExperiment({
  id: "cache",
  title: "What breaks the prefix cache?",
  about: "A timestamp at the front, in the middle and at the end of a prompt, and the hit rate by request.",
  options: z.strictObject({
    repeats: option(z.int().min(2).max(50).default(5), {
      title: "Repeats",
      help: "Pairs of measured requests at each place",
    }),
    requests: option(z.int().min(2).max(100).default(8), {
      title: "Requests",
      help: "Requests of the hit rate by request",
    }),
    policy: policyOption(),
  }),
  run: (lab, { repeats, requests, policy }, emit, signal) =>
    withPolicy(lab.serving, policy, async (inEffect): Promise<CacheReport> => {
      const progress = (done: number, total: number) =>
        emit({ type: "progress", done, total, label: "requests measured" });
      const measured = await measureCache({ ...lab, repeats, requests, signal, progress }, inEffect);
      if (measured.positions.length === 0) throw cancelled();
      return {
        kind: "inferscope.cache",
        version: cacheVersion,
        environment: await lab.environment(),
        settings: { repeats, requests },
        policy: inEffect,
        ...measured,
      };
    }),
  report: { version: cacheVersion, schema: cacheSchema, migrate: migrateCache },
  figures: cacheFigures,
});
