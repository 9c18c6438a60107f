/** A comparison while it runs: what the strips show before there is a report. Pure. */
import type { CompareEvent } from "./compare.ts";
import type { CallRecord } from "./sample.ts";
import type { Message } from "../../protocol/index.ts";

export interface LiveCall {
  readonly callId: string;
  readonly messages: readonly Message[];
  /** `atMs` since the Unix epoch. */
  readonly tokens: readonly { readonly text: string; readonly atMs: number }[];
  /** Null until the call is done. */
  readonly record: CallRecord | null;
}

export interface LiveSample {
  readonly row: number;
  readonly calls: readonly LiveCall[];
}

export interface LiveRun {
  readonly done: number;
  readonly total: number;
  /** Plan and row that run now; null before the first. */
  readonly current: { readonly planId: string; readonly row: number } | null;
  /** By plan, the sample that runs or ran last. */
  readonly samples: Readonly<Record<string, LiveSample>>;
  readonly numFailed: number;
}

export const noRun: LiveRun = { done: 0, total: 0, current: null, samples: {}, numFailed: 0 };

export function advance(run: LiveRun, event: CompareEvent): LiveRun {
  switch (event.type) {
    case "sample": {
      const { plan, row } = event.slot;
      return {
        ...run,
        done: event.done,
        total: event.total,
        current: { planId: plan.id, row },
        samples: { ...run.samples, [plan.id]: { row, calls: [] } },
      };
    }
    case "call": {
      const planId = event.slot.plan.id;
      const sample = run.samples[planId];
      if (sample === undefined) return run;
      return { ...run, samples: { ...run.samples, [planId]: advanceSample(sample, event.event) } };
    }
    case "sample-done": {
      const { planId, row, calls, error } = event.sample;
      const done = calls.map((record) => ({
        callId: record.callId,
        messages: record.messages,
        tokens: record.tokens,
        record,
      }));
      return {
        ...run,
        done: event.done,
        total: event.total,
        numFailed: run.numFailed + (error === null ? 0 : 1),
        samples: { ...run.samples, [planId]: { row, calls: done } },
      };
    }
  }
}

type CallEvent = Extract<CompareEvent, { type: "call" }>["event"];

function advanceSample(sample: LiveSample, event: CallEvent): LiveSample {
  switch (event.type) {
    case "call": {
      const call: LiveCall = { callId: event.callId, messages: event.messages, tokens: [], record: null };
      return { ...sample, calls: [...sample.calls, call] };
    }
    case "token":
      return change(sample, event.callId, (call) => ({ ...call, tokens: [...call.tokens, event.token] }));
    case "call-done":
      return change(sample, event.call.callId, (call) => ({ ...call, record: event.call }));
  }
}

function change(sample: LiveSample, callId: string, update: (call: LiveCall) => LiveCall): LiveSample {
  return { ...sample, calls: sample.calls.map((call) => (call.callId === callId ? update(call) : call)) };
}
