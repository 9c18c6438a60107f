/** What the steps of a run say: time against batch size, blocks over time, lanes as rows. */
import { quantile } from "../statistics/bootstrap.ts";
import { lanePhases, type LanePhase, type StepLog } from "./step-log.ts";

export interface BatchSizeRow {
  /** Sequences computed in one step. */
  readonly numSequences: number;
  /** Steps of decode alone; those with prefill do other work and are counted beside. */
  readonly numDecodeSteps: number;
  readonly numPrefillSteps: number;
  /** Of decode steps; null where there is none. */
  readonly p50Ms: number | null;
  readonly p95Ms: number | null;
  /** Time that a step takes for one of its sequences: p50 / sequences. */
  readonly msPerSequence: number | null;
}

/** Step time by batch size, ascending. */
export function stepsByBatchSize(log: StepLog): readonly BatchSizeRow[] {
  const decode = new Map<number, number[]>();
  const prefill = new Map<number, number>();
  const { numSequences, numPrefillTokens, totalMs } = log.steps;
  for (let row = 0; row < log.numSteps; row += 1) {
    const size = numSequences.at(row);
    if (numPrefillTokens.at(row) > 0) prefill.set(size, (prefill.get(size) ?? 0) + 1);
    else decode.set(size, [...(decode.get(size) ?? []), totalMs.at(row)]);
  }
  const sizes = [...new Set([...decode.keys(), ...prefill.keys()])].sort((a, b) => a - b);
  return sizes.map((size) => {
    const times = decode.get(size) ?? [];
    const p50Ms = times.length === 0 ? null : quantile(times, 0.5);
    return {
      numSequences: size,
      numDecodeSteps: times.length,
      numPrefillSteps: prefill.get(size) ?? 0,
      p50Ms,
      p95Ms: times.length === 0 ? null : quantile(times, 0.95),
      msPerSequence: p50Ms === null ? null : p50Ms / size,
    };
  });
}

export interface StepFigures {
  readonly numSteps: number;
  readonly numSharedSteps: number;
  readonly mostSequences: number;
  /** Sequences a step, weighted by the step's time. */
  readonly meanSequences: number | null;
}

export function stepFigures({ steps, numSteps }: StepLog): StepFigures {
  let [numSharedSteps, mostSequences, weighted, time] = [0, 0, 0, 0];
  for (let row = 0; row < numSteps; row += 1) {
    const size = steps.numSequences.at(row);
    if (size > 1) numSharedSteps += 1;
    mostSequences = Math.max(mostSequences, size);
    weighted += size * steps.totalMs.at(row);
    time += steps.totalMs.at(row);
  }
  return { numSteps, numSharedSteps, mostSequences, meanSequences: time === 0 ? null : weighted / time };
}

export interface StepPoint {
  readonly step: number;
  readonly numSequences: number;
  readonly ms: number;
  readonly withPrefill: boolean;
}

/** At most `limit` steps, evenly spaced; the slowest of each stretch, so that no spike disappears. */
export function stepPoints({ steps, numSteps }: StepLog, limit: number): readonly StepPoint[] {
  return stretches(numSteps, limit).map(([from, to]) => {
    let row = from;
    for (let other = from; other < to; other += 1) {
      if (steps.totalMs.at(other) > steps.totalMs.at(row)) row = other;
    }
    return {
      step: steps.step.at(row),
      numSequences: steps.numSequences.at(row),
      ms: steps.totalMs.at(row),
      withPrefill: steps.numPrefillTokens.at(row) > 0,
    };
  });
}

export interface KvPoint {
  /** End of the step, from the run's start. */
  readonly atMs: number;
  readonly step: number;
  readonly used: number;
  readonly cached: number;
  readonly free: number;
  readonly total: number;
}

/** At most `limit` steps, evenly spaced; the fullest of each stretch. */
export function kvPoints(log: StepLog, limit: number): readonly KvPoint[] {
  const { steps } = log;
  return stretches(log.numSteps, limit).map(([from, to]) => {
    let row = from;
    for (let other = from; other < to; other += 1) {
      if (steps.used.at(other) > steps.used.at(row)) row = other;
    }
    return {
      atMs: steps.startMs.at(row) + steps.totalMs.at(row) - log.originMs,
      step: steps.step.at(row),
      used: steps.used.at(row),
      cached: steps.cached.at(row),
      free: steps.free.at(row),
      total: steps.total.at(row),
    };
  });
}

/** Cuts 0..length into at most `limit` stretches of equal length: [from, to). */
function stretches(length: number, limit: number): readonly (readonly [number, number])[] {
  const size = Math.max(1, Math.ceil(length / limit));
  return Array.from({ length: Math.ceil(length / size) }, (_, index) => [
    index * size,
    Math.min(length, (index + 1) * size),
  ]);
}

/** A stretch of one phase on one lane: consecutive steps of it are one row. */
export interface LaneRow {
  readonly label: string;
  readonly requestId: string;
  readonly phase: LanePhase;
  /** From the run's start. */
  readonly startMs: number;
  readonly endMs: number;
  readonly numTokens: number;
  /** 0 while waiting. */
  readonly numSteps: number;
}

/** What the lanes show, as rows: by lane, then by time. */
export function laneRows(log: StepLog): readonly LaneRow[] {
  const rows: LaneRow[][] = log.lanes.map(() => []);
  const { segments } = log;
  for (let index = 0; index < log.numSegments; index += 1) {
    const lane = log.lanes[segments.lane.at(index)];
    const own = rows[segments.lane.at(index)];
    const phase = lanePhases[segments.phase.at(index)];
    if (lane === undefined || own === undefined || phase === undefined) continue;
    const numSteps = Number.isNaN(segments.row.at(index)) ? 0 : 1;
    const last = own.at(-1);
    const endMs = segments.endMs.at(index) - log.originMs;
    const numTokens = segments.numTokens.at(index);
    if (last?.phase === phase && numSteps > 0) {
      own[own.length - 1] = {
        ...last,
        endMs,
        numTokens: last.numTokens + numTokens,
        numSteps: last.numSteps + 1,
      };
      continue;
    }
    const startMs = segments.startMs.at(index) - log.originMs;
    own.push({ label: lane.label, requestId: lane.requestId, phase, startMs, endMs, numTokens, numSteps });
  }
  return rows.flat();
}
