/**
 * The steps of one run, as columns of numbers, and each request's way through them as segments
 * on a lane. Filled from step traces outside React; charts read it once a frame.
 */
import type { StepTrace } from "../../../protocol/index.ts";
import { NumberColumn } from "./number-column.ts";

export const lanePhases = [
  "queue",
  "cached",
  "prefill",
  "decode",
  "preempted",
  "request-limit",
  "token-limit",
  "retry",
] as const;
export type LanePhase = (typeof lanePhases)[number];

/** What a lane waits in: for the engine, or before it is sent. */
export type WaitPhase = Exclude<LanePhase, "cached" | "prefill" | "decode">;

/** One request. Between `queue` or `preempted` and the next step it waits. */
export interface Lane {
  /** Empty until it is sent. */
  requestId: string;
  readonly label: string;
  /** When it was sent; for one that has to wait for limits first, when it was there to be sent. */
  readonly submittedMs: number;
  /** Null while it is being served. */
  endMs: number | null;
  waiting: { readonly phase: WaitPhase; readonly sinceMs: number } | null;
  /** Of its present admission; 0 before its first step. */
  numStepsSinceAdmission: number;
}

/** A preemption or an eviction, with its reason in the engine's words. */
export interface PoolEvent {
  readonly kind: "preemption" | "eviction";
  readonly step: number;
  readonly atMs: number;
  /** Label and id of the request preempted, "3 email (req-7)"; null for an eviction, which takes from the cache. */
  readonly who: string | null;
  readonly reason: string;
  readonly numTokens: number;
}

/** Times of segments and steps are milliseconds since the Unix epoch. */
export class StepLog {
  readonly lanes: Lane[] = [];
  readonly events: PoolEvent[] = [];
  /** One row a step. */
  readonly steps = {
    step: new NumberColumn(),
    startMs: new NumberColumn(),
    totalMs: new NumberColumn(),
    numSequences: new NumberColumn(),
    numPrefillTokens: new NumberColumn(),
    numDecodeTokens: new NumberColumn(),
    used: new NumberColumn(),
    cached: new NumberColumn(),
    free: new NumberColumn(),
    total: new NumberColumn(),
  };
  /** One row a segment. `row`: of the step in `steps`, NaN while waiting. */
  readonly segments = {
    lane: new NumberColumn(),
    phase: new NumberColumn(),
    startMs: new NumberColumn(),
    endMs: new NumberColumn(),
    numTokens: new NumberColumn(),
    row: new NumberColumn(),
  };
  /** Grows with every change, so that a chart knows when to draw. */
  version = 0;
  readonly #lanes = new Map<string, number>();

  /** Of the first submission; NaN before it. */
  get originMs(): number {
    return this.lanes[0]?.submittedMs ?? Number.NaN;
  }

  get numSteps(): number {
    return this.steps.step.length;
  }

  get numSegments(): number {
    return this.segments.lane.length;
  }

  /** Steps after which free + cached + used was not the total. */
  get numUnbalanced(): number {
    const { used, cached, free, total } = this.steps;
    let count = 0;
    for (let row = 0; row < this.numSteps; row += 1) {
      if (used.at(row) + cached.at(row) + free.at(row) !== total.at(row)) count += 1;
    }
    return count;
  }

  addLane(requestId: string, label: string, submittedMs: number): void {
    this.sendLane(this.openLane(label, submittedMs), requestId, submittedMs, []);
  }

  /** A request that may have to wait before it is sent. Its lane's index. */
  openLane(label: string, askedMs: number): number {
    const lane: Lane = {
      requestId: "",
      label,
      submittedMs: askedMs,
      endMs: null,
      waiting: null,
      numStepsSinceAdmission: 0,
    };
    this.version += 1;
    return this.lanes.push(lane) - 1;
  }

  /** What a request that is not sent yet waits for, from now on; drawn until it is sent. */
  holdLane(index: number, phase: WaitPhase, sinceMs: number): void {
    const lane = this.lanes[index];
    if (lane === undefined) return;
    lane.waiting = { phase, sinceMs: lane.waiting?.sinceMs ?? sinceMs };
    this.version += 1;
  }

  /** The request of a lane is sent, for the first time or again, after it waited so. */
  sendLane(
    index: number,
    requestId: string,
    submittedMs: number,
    waits: readonly { readonly phase: WaitPhase; readonly fromMs: number; readonly toMs: number }[],
  ): void {
    const lane = this.lanes[index];
    if (lane === undefined) return;
    this.#lanes.set(requestId, index);
    lane.requestId = requestId;
    for (const { phase, fromMs, toMs } of waits) this.#segment(index, phase, fromMs, toMs, 0, null);
    lane.waiting = { phase: "queue", sinceMs: submittedMs };
    lane.numStepsSinceAdmission = 0;
    this.version += 1;
  }

  /** A request that ended without a step of its own (aborted in the queue, refused) ends here. */
  endLane(requestId: string, endMs: number): void {
    const index = this.#lanes.get(requestId);
    if (index !== undefined) this.closeLane(index, endMs);
  }

  /** As `endLane`, for a request that was perhaps never sent. */
  closeLane(index: number, endMs: number): void {
    const lane = this.lanes[index];
    if (lane === undefined) return;
    if (lane.waiting !== null) this.#segment(index, lane.waiting.phase, lane.waiting.sinceMs, endMs, 0, null);
    lane.waiting = null;
    lane.endMs = endMs;
    this.version += 1;
  }

  /** Steps that serve none of this run's requests are left out. */
  add(trace: StepTrace): void {
    const isOurs =
      trace.sequences.some(({ requestId }) => this.#lanes.has(requestId)) ||
      trace.preemptions.some(({ requestId }) => this.#lanes.has(requestId));
    if (!isOurs) return;
    const row = this.numSteps;
    const { steps } = this;
    steps.step.push(trace.step);
    steps.startMs.push(trace.startMs);
    steps.totalMs.push(trace.totalMs);
    steps.numSequences.push(trace.sequences.length);
    steps.numPrefillTokens.push(trace.numPrefillTokens);
    steps.numDecodeTokens.push(trace.numDecodeTokens);
    steps.used.push(trace.kv.used);
    steps.cached.push(trace.kv.cached);
    steps.free.push(trace.kv.free);
    steps.total.push(trace.kv.total);
    this.#addEvents(trace);
    for (const sequence of trace.sequences) this.#addSequence(trace, sequence, row);
    this.version += 1;
  }

  #addEvents({ step, startMs, preemptions, evictions }: StepTrace): void {
    for (const { numTokens, reason } of evictions) {
      this.events.push({ kind: "eviction", step, atMs: startMs, who: null, reason, numTokens });
    }
    for (const { requestId, reason, numTokensLost } of preemptions) {
      const lane = this.lanes[this.#lanes.get(requestId) ?? -1];
      this.events.push({
        kind: "preemption",
        step,
        atMs: startMs,
        who: lane === undefined ? requestId : `${lane.label} (${requestId})`,
        reason,
        numTokens: numTokensLost,
      });
      if (lane === undefined) continue;
      lane.waiting = { phase: "preempted", sinceMs: startMs };
      lane.numStepsSinceAdmission = 0;
    }
  }

  #addSequence({ startMs, totalMs }: StepTrace, sequence: StepTrace["sequences"][number], row: number): void {
    const index = this.#lanes.get(sequence.requestId);
    const lane = index === undefined ? undefined : this.lanes[index];
    if (index === undefined || lane === undefined) return;
    if (lane.waiting !== null) {
      this.#segment(index, lane.waiting.phase, lane.waiting.sinceMs, startMs, 0, null);
      lane.waiting = null;
    }
    if (lane.numStepsSinceAdmission === 0 && sequence.numCachedTokens > 0) {
      this.#segment(index, "cached", startMs, startMs, sequence.numCachedTokens, row);
    }
    lane.numStepsSinceAdmission += 1;
    this.#segment(index, sequence.phase, startMs, startMs + totalMs, sequence.numScheduledTokens, row);
  }

  #segment(
    lane: number,
    phase: LanePhase,
    startMs: number,
    endMs: number,
    numTokens: number,
    row: number | null,
  ): void {
    const { segments } = this;
    segments.lane.push(lane);
    segments.phase.push(lanePhases.indexOf(phase));
    segments.startMs.push(startMs);
    segments.endMs.push(endMs);
    segments.numTokens.push(numTokens);
    segments.row.push(row ?? Number.NaN);
  }
}
