/** Runs the calls of a plan over one row: each starts when the answers it needs are there. */
import {
  InferscopeError,
  serializeError,
  type AbortSignalLike,
  type Generation,
  type GenerationResult,
  type Inferscope,
  type Message,
  type SerializedError,
  counted,
  isCounted,
  type CountedMetrics,
} from "../../protocol/index.ts";
import type { CallRecord, TimedToken } from "./sample.ts";
import { fill } from "./template.ts";
import type { Answers, PlanCall, PromptPlan, Row } from "./workloads/workload.ts";

/** What the lab wants of an engine. */
export interface LabEngine extends Pick<Inferscope, "generate"> {
  /** Empties the prefix cache; without it, rows may find each other's prompts there. */
  readonly clearCache?: () => Promise<void>;
  /** False where the cache is out of reach: a server's. Runs are warm there. */
  readonly canClearCache?: () => boolean;
  /** Whether it can hold answers to a response format; without it, calls that ask for one go out free. */
  readonly constrains?: () => boolean;
  /** The prompt of a chat, token by token. Asked for after the measured time. */
  readonly promptPieces?: (messages: readonly Message[]) => Promise<readonly string[]>;
}

export type CallEvent =
  | { readonly type: "call"; readonly callId: string; readonly messages: readonly Message[] }
  /** `atMs` since the Unix epoch: when the sample started is known at its end only. */
  | { readonly type: "token"; readonly callId: string; readonly token: TimedToken }
  | { readonly type: "call-done"; readonly call: CallRecord };

export interface PlanRun {
  /** When the first call was submitted, ms since the Unix epoch; null where none was answered. */
  readonly startedMs: number | null;
  readonly calls: readonly CallRecord[];
  readonly answers: Answers;
  readonly error: SerializedError | null;
}

export interface RunPlanOptions {
  /** Of calls with a temperature. */
  readonly seed?: number;
  readonly signal?: AbortSignalLike;
  readonly onEvent?: (event: CallEvent) => void;
}

interface Finished {
  readonly call: PlanCall;
  readonly messages: readonly Message[];
  readonly tokens: readonly { readonly text: string; readonly atMs: number }[];
  readonly result: GenerationResult;
  readonly metrics: CountedMetrics;
}

/**
 * Never rejects: what went wrong is in `error`, next to the calls that were done by then. After
 * a failure or an abort no further call starts and those in flight are aborted.
 */
export async function runPlan(
  engine: LabEngine,
  plan: PromptPlan,
  row: Row,
  { seed = 0, signal, onEvent }: RunPlanOptions = {},
): Promise<PlanRun> {
  const inFlight = new Set<Generation>();
  const answers: Record<string, string> = {};
  const finished: Finished[] = [];
  let failure: unknown = null;
  const start = (): number => Math.min(...finished.map(({ result }) => result.submittedMs));
  signal?.addEventListener("abort", () => inFlight.forEach((generation) => generation.abort()));

  const runCall = async (call: PlanCall): Promise<void> => {
    const values = { ...row.values };
    for (const [id, answer] of Object.entries(answers)) values[`answers.${id}`] = answer;
    const system = fill(call.system, values);
    const messages: readonly Message[] = [
      ...(system === "" ? [] : [{ role: "system" as const, content: system }]),
      { role: "user", content: fill(call.user, values) },
    ];
    onEvent?.({ type: "call", callId: call.id, messages });
    const { maxTokens, temperature = 0, stop = [], responseFormat } = call;
    const generation = engine.generate({
      messages,
      sampling: { temperature, maxTokens, stop, seed },
      ...(responseFormat !== undefined && engine.constrains?.() === true ? { responseFormat } : {}),
    });
    inFlight.add(generation);
    try {
      const tokens: { text: string; atMs: number }[] = [];
      for await (const { text, atMs } of generation) {
        tokens.push({ text, atMs });
        onEvent?.({ type: "token", callId: call.id, token: { text, atMs } });
      }
      const result = await generation.result;
      const isAborted = result.finishReason === "abort";
      const aborted = new InferscopeError("aborted", `"${call.id}" was cancelled.`);
      // What was cancelled may have no counts to tell.
      if (isAborted && !isCounted(result.metrics)) throw aborted;
      const done: Finished = { call, messages, tokens, result, metrics: counted(result.metrics) };
      finished.push(done);
      if (isAborted) throw aborted;
      answers[call.id] = result.text.trim();
      onEvent?.({ type: "call-done", call: toRecord(start())(done) });
    } finally {
      inFlight.delete(generation);
    }
  };

  const done = new Map<string, Promise<void>>();
  for (const call of plan.calls) {
    const needed = call.after.map((id) => done.get(id) ?? Promise.reject(notBefore(plan, call, id)));
    const step = Promise.all(needed).then(async () => {
      if (failure !== null) return;
      if (signal?.aborted === true) throw new InferscopeError("aborted", "The run was cancelled.");
      await runCall(call);
    });
    done.set(
      call.id,
      step.catch((error: unknown) => {
        failure ??= error;
        inFlight.forEach((generation) => generation.abort());
      }),
    );
  }
  await Promise.all(done.values());

  const order = plan.calls.map(({ id }) => id);
  const calls = finished
    .map(toRecord(start()))
    .sort((a, b) => order.indexOf(a.callId) - order.indexOf(b.callId));
  const startedMs = finished.length === 0 ? null : start();
  return { startedMs, calls, answers, error: failure === null ? null : serializeError(failure) };
}

const toRecord =
  (startMs: number) =>
  ({ call, messages, tokens, result, metrics }: Finished): CallRecord => ({
    callId: call.id,
    requestId: result.requestId,
    messages,
    startMs: result.submittedMs - startMs,
    tokens: tokens.map(({ text, atMs }) => ({ text, atMs: atMs - startMs })),
    text: result.text,
    finishReason: result.finishReason,
    metrics,
    promptPieces: null,
  });

function notBefore(plan: PromptPlan, call: PlanCall, id: string): Error {
  return new Error(`plan "${plan.id}": call "${call.id}" needs "${id}", which no earlier call gives`);
}

/** Asks for the prompts' tokens; a backend that cannot tell leaves null. */
export async function withPromptPieces(
  engine: LabEngine,
  calls: readonly CallRecord[],
): Promise<readonly CallRecord[]> {
  const { promptPieces } = engine;
  if (promptPieces === undefined) return calls;
  return Promise.all(
    calls.map(async (call) => ({
      ...call,
      promptPieces: await promptPieces(call.messages).catch(() => null),
    })),
  );
}
