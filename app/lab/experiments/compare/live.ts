/** A comparison while it runs: what the strips show before there is a report. Filled outside React. */
import type { Message } from "../../../../protocol/index.ts";
import type { LiveRun } from "../../experiment.ts";
import type { CallEvent } from "../../run-plan.ts";
import type { CallRecord, TimedToken } from "../../sample.ts";
import type { CompareEvent } from "./run.ts";

export interface LiveCall {
  readonly callId: string;
  readonly messages: readonly Message[];
  /** `atMs` since the Unix epoch; grows while the call runs. */
  readonly tokens: readonly TimedToken[];
  /** Null until the call is done. */
  readonly record: CallRecord | null;
}

export interface LiveSample {
  readonly row: number;
  readonly calls: readonly LiveCall[];
}

interface GrowingCall extends LiveCall {
  readonly tokens: TimedToken[];
  record: CallRecord | null;
}

export class LiveCompare implements LiveRun<CompareEvent> {
  numFailed = 0;
  /** Plan and row that run now; null before the first. */
  current: { readonly planId: string; readonly row: number } | null = null;
  readonly #samples = new Map<string, { readonly row: number; calls: GrowingCall[] }>();

  /** The sample of a plan that runs, or ran last. */
  sample(planId: string): LiveSample | null {
    return this.#samples.get(planId) ?? null;
  }

  take(event: CompareEvent): void {
    switch (event.type) {
      case "sample": {
        const { plan, row } = event.slot;
        this.current = { planId: plan.id, row };
        this.#samples.set(plan.id, { row, calls: [] });
        return;
      }
      case "call":
        this.#takeCall(event.slot.plan.id, event.event);
        return;
      case "sample-done": {
        const { planId, row, calls, error } = event.sample;
        if (error !== null) this.numFailed += 1;
        this.#samples.set(planId, {
          row,
          calls: calls.map((record) => ({
            callId: record.callId,
            messages: record.messages,
            tokens: [...record.tokens],
            record,
          })),
        });
      }
    }
  }

  #takeCall(planId: string, event: CallEvent): void {
    const calls = this.#samples.get(planId)?.calls;
    switch (event.type) {
      case "call":
        calls?.push({ callId: event.callId, messages: event.messages, tokens: [], record: null });
        return;
      case "token":
        calls?.find(({ callId }) => callId === event.callId)?.tokens.push(event.token);
        return;
      case "call-done": {
        const call = calls?.find(({ callId }) => callId === event.call.callId);
        if (call !== undefined) call.record = event.call;
      }
    }
  }
}
