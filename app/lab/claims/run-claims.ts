/** `inferscope.run("claims", options)`: measures claims one after another on the loaded model. */
import {
  InferscopeError,
  serializeError,
  type AbortSignalLike,
  type EnginePolicy,
} from "../../../protocol/index.ts";
import { pageClock, type LabClock } from "../limited-run.ts";
import { checkOptions } from "../option.ts";
import { pricesOption } from "../pricing/prices-option.ts";
import { z } from "../zod.ts";
import { createRandom } from "../random.ts";
import type { Environment } from "../environment.ts";
import type { PriceSheet } from "../pricing/pricing.ts";
import { isSignal } from "../signal.ts";
import { loadEncoding } from "../tokens/encodings.ts";
import type { RunnableClaim } from "./claim.ts";
import { serve, timingRequest, type ClaimContext, type ClaimsEngine, type Tokenizer } from "./context.ts";
import { claims } from "./index.ts";
import {
  claimResult,
  claimsReportVersion,
  type ClaimFailure,
  type ClaimResult,
  type ClaimsReport,
} from "./report.ts";

export type ClaimsEvent =
  | { readonly type: "claim"; readonly id: number; readonly done: number; readonly total: number }
  | {
      readonly type: "claim-done";
      readonly result: ClaimResult;
      readonly done: number;
      readonly total: number;
    }
  | {
      readonly type: "claim-failed";
      readonly failure: ClaimFailure;
      readonly done: number;
      readonly total: number;
    };

/**
 * With nine an interval of a median lies between the second and the eighth value, with six to eight
 * between the first and the last: the least at which claims hold that are true with a margin
 * (docs/statistics.md).
 */
export const defaultRepeats = 9;

/** What claims need of the page. */
export interface ClaimsLab {
  readonly serving: ClaimsEngine;
  readonly environment: () => Promise<Environment>;
}

export interface ClaimsSettings {
  readonly claims: readonly RunnableClaim[];
  readonly repeats: number;
  readonly policy: Partial<EnginePolicy>;
  readonly prices: PriceSheet;
}

/**
 * Options: `{ids, repeats, policy, prices, signal, onEvent}`, all optional. A claim that cannot be
 * measured does not stop the others; a run that is cancelled resolves with what there is. The
 * engine's policy is as before when it ends.
 */
export async function runClaims(
  lab: ClaimsLab,
  options: Readonly<Record<string, unknown>>,
  clock: LabClock = pageClock,
): Promise<ClaimsReport> {
  const settings = parseClaimsOptions(options);
  const { signal, onEvent } = options;
  const cancel = isSignal(signal) ? signal : undefined;
  const tell = isListener(onEvent) ? onEvent : () => undefined;
  const before = await lab.serving.configure({});
  try {
    const policy = await lab.serving.configure(settings.policy);
    const context = await createContext(lab, clock, settings, policy, cancel);
    await warmUp(context);
    const { done, failed } = await measureAll(context, settings.claims, await lab.environment(), tell);
    return {
      kind: "inferscope.claims",
      version: claimsReportVersion,
      environment: await lab.environment(),
      settings: { ids: settings.claims.map(({ id }) => id), repeats: settings.repeats, policy },
      priceSheet: settings.prices,
      aborted: cancel?.aborted === true,
      claims: done,
      failed,
    };
  } finally {
    await lab.serving.configure(before);
  }
}

async function measureAll(
  context: ClaimContext,
  chosen: readonly RunnableClaim[],
  { clockResolution }: Environment,
  tell: (event: ClaimsEvent) => void,
): Promise<{ readonly done: readonly ClaimResult[]; readonly failed: readonly ClaimFailure[] }> {
  const done: ClaimResult[] = [];
  const failed: ClaimFailure[] = [];
  const total = chosen.length;
  for (const [index, claim] of chosen.entries()) {
    if (isAborted(context)) break;
    tell({ type: "claim", id: claim.id, done: index, total });
    const startMs = context.clock.now();
    try {
      const measurement = await claim.run(context, clockResolution ?? 0);
      const seconds = (context.clock.now() - startMs) / 1000;
      const result = claimResult(claim, measurement, { seconds, clockResolutionMs: clockResolution });
      done.push(result);
      tell({ type: "claim-done", result, done: index + 1, total });
    } catch (cause) {
      if (isAborted(context)) break;
      const { id, title, claim: text } = claim;
      const failure: ClaimFailure = { id, title, claim: text, error: serializeError(cause) };
      failed.push(failure);
      tell({ type: "claim-failed", failure, done: index + 1, total });
    }
  }
  return { done, failed };
}

const isAborted = ({ signal }: ClaimContext): boolean => signal?.aborted === true;

async function createContext(
  lab: ClaimsLab,
  clock: LabClock,
  { prices, repeats }: ClaimsSettings,
  policy: EnginePolicy,
  signal: AbortSignalLike | undefined,
): Promise<ClaimContext> {
  const { model } = await lab.serving.status();
  if (model === null) throw new InferscopeError("no-model", "No model is loaded.");
  return {
    engine: lab.serving,
    policy,
    prices,
    random: createRandom(1),
    clock,
    repeats,
    vocabSize: model.vocabSize,
    tokenizer: (id) => tokenizer(lab, id),
    judgesAnswers: !model.synthetic,
    signal,
  };
}

async function tokenizer(lab: ClaimsLab, id: "model" | "cl100k" | "o200k"): Promise<Tokenizer> {
  if (id === "model") {
    return { name: "model", count: async (text) => (await lab.serving.encode(text)).length };
  }
  const encoding = await loadEncoding(id);
  return { name: id, count: (text) => Promise.resolve(encoding.encode(text).length) };
}

/** One small batch that counts nowhere: pipelines and first allocations. */
async function warmUp(context: ClaimContext): Promise<void> {
  // Without a vocabulary nothing is timed: counts and arithmetic need no warm-up.
  if (context.signal?.aborted === true || context.vocabSize === null) return;
  for (const batch of [1, 4, 8]) {
    await serve(
      context,
      Array.from({ length: batch }, () => timingRequest(context, 16, 4)),
    );
  }
}

/** Throws `invalid-request` with what is wrong and what would be right. */
export function parseClaimsOptions(options: Readonly<Record<string, unknown>>): ClaimsSettings {
  const { ids = claims.map(({ id }) => id), repeats = defaultRepeats, policy = {} } = options;
  const usage = `Use numbers from 1 to ${claims.length}.`;
  if (!Array.isArray(ids) || ids.length === 0) throw invalid(`ids is ${JSON.stringify(ids)}`, usage);
  const chosen = ids.map((id: unknown) => {
    const claim = claims.find((candidate) => candidate.id === id);
    if (claim === undefined) throw invalid(`there is no claim ${JSON.stringify(id)}`, usage);
    return claim;
  });
  if (typeof repeats !== "number" || !Number.isInteger(repeats) || repeats < 2 || repeats > 100) {
    throw invalid(`repeats is ${JSON.stringify(repeats)}`, "Use a whole number from 2 to 100.");
  }
  if (typeof policy !== "object" || policy === null)
    throw invalid("policy is no object", "Give {prefixCache: false}.");
  return {
    claims: chosen,
    repeats,
    policy,
    prices: checkOptions(z.object({ prices: pricesOption() }), { prices: options["prices"] }).prices,
  };
}

const invalid = (problem: string, hint: string): InferscopeError =>
  new InferscopeError("invalid-request", `The claims cannot be measured: ${problem}.`, { hint });

function isListener(value: unknown): value is (event: ClaimsEvent) => void {
  return typeof value === "function";
}
