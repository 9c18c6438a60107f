/**
 * The engine under random traffic over the fake runner, whose tokens change when any block
 * holds what it should not. Integrity is checked after every step (see harness). Figures are
 * ROBUSTNESS' CI column; INFERSCOPE_SOAK=1 runs the long one.
 */
import { expect, test } from "vitest";

import { scale, soakTimeoutMs, startSoak } from "../testing/soak.ts";
import { Harness, type RequestSpec } from "./testing/harness.ts";
import { dice, Oracle, randomPolicy, randomSpec } from "./testing/simulation.ts";

/** Serves specs together; each must end once, with the oracle's tokens, and leave nothing behind. */
async function serveAll(
  harness: Harness,
  specs: ReadonlyMap<string, RequestSpec>,
  oracle: Oracle,
): Promise<void> {
  await harness.engine.whenIdle();
  for (const [id, spec] of specs) {
    const end = harness.end(id);
    expect(end.type).toBe("finished");
    const tokens = await oracle.tokens(spec);
    const got = harness.tokens(id);
    if (end.choices?.[0]?.finishReason === "abort") expect(got).toEqual(tokens.slice(0, got.length));
    else expect(got).toEqual(tokens);
    expect(harness.streamed.get(`${id}/0`) ?? []).toEqual(got);
  }
  expect(harness.engine.snapshot().kv.used).toBe(0);
  expect(harness.integrityErrors).toEqual([]);
  harness.engine.clearCache();
  const { kv } = harness.engine.snapshot();
  expect(kv.free).toBe(kv.total);
}

const rounds = scale(100, 10_000);

test(
  `random traffic, ${rounds * 100} requests in ${rounds} rounds of 100`,
  async () => {
    const oracle = new Oracle();
    const soak = startSoak();
    let numRounds = 0;
    for (let seed = 1; seed <= rounds && !soak.isOver(); seed += 1) {
      numRounds += 1;
      const die = dice(seed);
      const numBlocks = die.int(18, 60);
      const harness = await Harness.create({ ...randomPolicy(die), numBlocks });
      const specs = new Map<string, RequestSpec>();
      const submit = (count: number): void => {
        for (let index = 0; index < count && specs.size < 100; index += 1) {
          const spec = randomSpec(die);
          specs.set(`r${specs.size}`, spec);
          harness.submit(`r${specs.size - 1}`, spec);
        }
      };
      harness.onStep = () => {
        if (die.chance(0.4)) submit(die.int(1, 8));
        if (die.chance(0.05)) void harness.engine.configure(randomPolicy(die));
      };
      while (specs.size < 100) {
        submit(die.int(1, 20));
        await harness.engine.whenIdle();
      }
      await serveAll(harness, specs, oracle);
    }
    soak.report(numRounds * 100, "requests");
  },
  soakTimeoutMs,
);

const numPreemptionsWanted = scale(1000, 50_000);

test(
  `${numPreemptionsWanted} forced preemptions change no token`,
  async () => {
    const oracle = new Oracle();
    const soak = startSoak();
    let numPreemptions = 0;
    for (let seed = 1; numPreemptions < numPreemptionsWanted && !soak.isOver(); seed += 1) {
      expect(seed, "no preemptions are forced").toBeLessThanOrEqual(numPreemptionsWanted);
      const die = dice(seed);
      const harness = await Harness.create({ numBlocks: 17, prefixCache: die.chance(0.5), maxNumSeqs: 8 });
      const specs = new Map<string, RequestSpec>();
      for (let index = 0; index < 12; index += 1) {
        const spec = {
          ...randomSpec(die),
          prompt: [index, ...randomSpec(die).prompt.slice(0, 8)],
          maxTokens: 40,
        };
        specs.set(`r${index}`, { ...spec, stopTokenIds: [] });
        harness.submit(`r${index}`, { ...spec, stopTokenIds: [] });
      }
      await serveAll(harness, specs, oracle);
      numPreemptions += harness.steps.reduce((sum, step) => sum + step.preemptions.length, 0);
    }
    soak.report(numPreemptions, "preemptions");
    if (!soak.isOver()) expect(numPreemptions).toBeGreaterThanOrEqual(numPreemptionsWanted);
  },
  soakTimeoutMs,
);

const moments = ["queued", "mid-prefill", "decode", "preempted", "last step"] as const;
const numAborts = scale(500, 20_000);

test.each(moments)(
  `${numAborts / moments.length} aborts while %s leave the others' tokens and the pool as they were`,
  async (moment) => {
    const oracle = new Oracle();
    const soak = startSoak();
    let numHit = 0;
    for (let seed = 1; numHit < numAborts / moments.length && !soak.isOver(); seed += 1) {
      expect(seed, "the moment does not come").toBeLessThanOrEqual(numAborts);
      const die = dice(seed * 31);
      const duringRun = die.chance(0.5);
      const target = "r3";
      const abort = { isWanted: false, isDone: false };
      const harness = await Harness.create(
        { numBlocks: 20, maxNumSeqs: moment === "queued" ? 3 : 8, maxNumBatchedTokens: 12 },
        {
          beforeRun: () => {
            if (!abort.isWanted || !duringRun || abort.isDone) return;
            abort.isDone = true;
            harness.abort(target);
          },
        },
      );
      harness.onStep = (trace) => {
        if (abort.isWanted) return;
        const row = trace.sequences.find(({ requestId }) => requestId === target);
        const isMoment = {
          queued: trace.step === die.int(1, 2) && row === undefined,
          "mid-prefill": row?.phase === "prefill" && row.newTokenIds.length === 0,
          decode: row?.phase === "decode",
          preempted: trace.preemptions.some(({ requestId }) => requestId === target),
          "last step": harness.streamed.get(`${target}/0`)?.length === 19,
        }[moment];
        if (!isMoment) return;
        abort.isWanted = true;
        if (duringRun) return;
        abort.isDone = true;
        harness.abort(target);
      };
      const specs = new Map<string, RequestSpec>();
      for (let index = 0; index < 6; index += 1) {
        const spec = { ...randomSpec(die), maxTokens: 20, stopTokenIds: [] };
        const prompt =
          index === 3 ? [...spec.prompt.slice(0, 4), ...Array<number>(24).fill(seed % 97)] : spec.prompt;
        specs.set(`r${index}`, { ...spec, prompt });
        harness.submit(`r${index}`, { ...spec, prompt });
      }
      await serveAll(harness, specs, oracle);
      if (!abort.isDone) continue;
      numHit += 1;
      expect(harness.end(target).choices?.[0]?.finishReason).toBe("abort");
    }
    soak.report(numHit, `aborts while ${moment}`);
  },
  soakTimeoutMs,
);

test(
  "tokens are equal: cache on or off, batch 1 to 8, chunked or whole, preempted or not",
  async () => {
    const oracle = new Oracle();
    for (const prefixCache of [true, false]) {
      for (const chunkedPrefill of [true, false]) {
        for (let maxNumSeqs = 1; maxNumSeqs <= 8; maxNumSeqs += 1) {
          for (const numBlocks of [18, 200]) {
            const die = dice(maxNumSeqs);
            const harness = await Harness.create({
              prefixCache,
              chunkedPrefill,
              maxNumSeqs,
              numBlocks,
              maxNumBatchedTokens: 16,
            });
            const specs = new Map<string, RequestSpec>();
            for (let index = 0; index < scale(10, 250, 2); index += 1) {
              specs.set(`r${index}`, randomSpec(die));
              harness.submit(`r${index}`, specs.get(`r${index}`)!);
            }
            await serveAll(harness, specs, oracle);
          }
        }
      }
    }
  },
  soakTimeoutMs,
);

test(
  "n samples under pressure and aborts keep their tokens and leave no space behind",
  async () => {
    const oracle = new Oracle();
    const soak = startSoak();
    for (let seed = 1; seed <= scale(60, 3000) && !soak.isOver(); seed += 1) {
      const die = dice(seed);
      const harness = await Harness.create({ ...randomPolicy(die), numBlocks: die.int(20, 40) });
      const specs = new Map<string, RequestSpec>();
      for (let index = 0; index < 5; index += 1) {
        specs.set(`r${index}`, { ...randomSpec(die), n: die.int(1, 4), temperature: 1 });
        harness.submit(`r${index}`, specs.get(`r${index}`)!);
      }
      harness.onStep = ({ step }) => step === 4 && harness.abort("r1");
      await harness.engine.whenIdle();
      for (const [id, spec] of specs) {
        for (const { index, tokenIds, finishReason } of harness.end(id).choices!) {
          const tokens = await oracle.tokens({ ...spec, n: 1, seed: spec.seed! + index });
          if (finishReason === "abort") expect(tokenIds).toEqual(tokens.slice(0, tokenIds.length));
          else expect(tokenIds).toEqual(tokens);
        }
      }
      expect(harness.engine.snapshot().kv.used).toBe(0);
      expect(harness.integrityErrors).toEqual([]);
    }
  },
  soakTimeoutMs,
);
