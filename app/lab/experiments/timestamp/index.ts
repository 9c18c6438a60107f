/** What a timestamp at one place of a prompt costs: cached tokens and TTFT, without and with it in turn. */
import { cancelled, defineExperiment } from "../../experiment.ts";
import { option, policyOption } from "../../option.ts";
import { defaultSections, placeText } from "../../prompt/sections.ts";
import { withPolicy } from "../../with-policy.ts";
import { z } from "../../zod.ts";
import { measureTimestamp, summarizeTimestamp } from "./measure.ts";
import {
  sectionSchema,
  timestampFigures,
  timestampSchema,
  timestampVersion,
  toSummary,
  type TimestampReport,
} from "./report.ts";

const options = z.strictObject({
  position: option(z.int().min(0).max(100).default(0), {
    title: "Place",
    help: "The timestamp stands before this section, counted from 0; past the last, at the end",
  }),
  repeats: option(z.int().min(2).max(50).default(5), {
    title: "Repeats",
    help: "Pairs of measured requests, without and with the timestamp, in turn",
  }),
  sections: option(
    z
      .array(sectionSchema)
      .min(1)
      .max(100)
      .default(() => [...defaultSections()]),
    {
      title: "Prompt",
      help: "Sections of the prompt, in their order",
      flag: null,
      input: "other",
    },
  ),
  policy: policyOption(),
});

export const experiment = defineExperiment({
  id: "timestamp",
  title: "What does a timestamp cost?",
  about: "A timestamp at one place of a prompt: cached tokens and TTFT, without and with it in turn.",
  options,
  run: ({ serving, encodeChat, environment }, { sections, repeats, policy, ...given }, emit, signal) =>
    withPolicy(serving, policy, async (inEffect): Promise<TimestampReport> => {
      const position = Math.min(given.position, sections.length);
      const { blockSize, prefixCache } = inEffect;
      const samples = await measureTimestamp(
        { generate: serving.generate, clearCache: serving.clearCache, encodeChat },
        { sections, position, repeats, blockSize, prefixCache },
        {
          signal,
          now: () => new Date(),
          onProgress: (done, total) => emit({ type: "progress", done, total, label: "requests measured" }),
        },
      );
      const summary = summarizeTimestamp(samples);
      if (summary === null) throw cancelled();
      const { prompt, numCachedTokens, cacheBreak } = summary.last;
      return {
        kind: "inferscope.timestamp",
        version: timestampVersion,
        environment: await environment(),
        aborted: samples.length < 2 * repeats,
        settings: { sections, position, where: placeText(sections, position), repeats },
        policy: inEffect,
        samples: samples.map(({ prompt: _, ...sample }) => sample),
        summary: toSummary(summary),
        last: { prompt, numCachedTokens, cacheBreak },
      };
    }),
  report: { version: timestampVersion, schema: timestampSchema },
  figures: timestampFigures,
});
