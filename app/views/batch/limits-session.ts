/** "Sequential against parallel" while it runs and after it: kept while other views are shown. */
import { createStore, type StoreApi } from "zustand/vanilla";

import { now, serializeError, type SerializedError } from "../../../protocol/index.ts";
import { StepLog, type WaitPhase } from "../../lab/load/step-log.ts";
import type { LimitedEvent, Wait, WaitReason } from "../../lab/limited-run.ts";
import type { ArmId, RateLimitReport } from "../../lab/limits/report.ts";
import type { RateLimitEvent } from "../../lab/limits/run-rate-limit.ts";
import { defaultLimitSettings, limitOptions, type LimitSettings } from "../../lab/limits/settings.ts";
import type { Services } from "../../store/services.tsx";

export interface LimitsArm {
  readonly id: ArmId;
  /** Grows outside of React while the arm runs. */
  readonly log: StepLog;
  readonly numRequests: number;
  readonly live: boolean;
}

export interface LimitsState {
  /** Of `load`, only the number of requests: the rest is the form's above. */
  readonly settings: LimitSettings;
  readonly arms: readonly LimitsArm[];
  /** Null while nothing runs. `waiting`: for what the head of the queue waits, and until when. */
  readonly progress: {
    readonly done: number;
    readonly total: number;
    readonly waiting: { readonly reason: WaitReason; readonly untilMs: number } | null;
  } | null;
  readonly report: RateLimitReport | null;
  readonly error: SerializedError | null;
}

export interface LimitsSession {
  readonly store: StoreApi<LimitsState>;
  readonly set: (change: Partial<LimitSettings>) => void;
  readonly run: (settings: LimitSettings) => Promise<void>;
  readonly cancel: () => void;
}

const sessions = new WeakMap<Services, LimitsSession>();

export function limitsSession(services: Services): LimitsSession {
  const known = sessions.get(services) ?? createSession(services);
  sessions.set(services, known);
  return known;
}

function createSession({ inferscope, client }: Services): LimitsSession {
  const store = createStore<LimitsState>(() => ({
    settings: defaultLimitSettings,
    arms: [],
    progress: null,
    report: null,
    error: null,
  }));
  let controller: AbortController | null = null;

  const run = async (settings: LimitSettings): Promise<void> => {
    if (controller !== null) return;
    const own = new AbortController();
    controller = own;
    const total = 2 * settings.load.numRequests;
    store.setState({ arms: [], report: null, error: null, progress: { done: 0, total, waiting: null } });
    let lanes: ArmLanes | null = null;
    const stop = client.onStep((trace) => lanes?.log.add(trace));
    const onEvent = (event: RateLimitEvent): void => {
      if (event.type === "arm") {
        lanes = new ArmLanes(event.labels);
        const arm: LimitsArm = {
          id: event.arm,
          log: lanes.log,
          numRequests: event.labels.length,
          live: true,
        };
        store.setState(({ arms }) => ({ arms: [...arms.map((each) => ({ ...each, live: false })), arm] }));
        return;
      }
      lanes?.take(event);
      store.setState(({ progress }) => ({ progress: progress && advance(progress, event) }));
    };
    try {
      const options = { ...limitOptions(settings), signal: own.signal, onEvent };
      const report = (await inferscope.run("rate-limit", options)) as RateLimitReport;
      store.setState({ report });
    } catch (cause) {
      const error = serializeError(cause);
      if (error.kind !== "aborted") store.setState({ error });
    } finally {
      stop();
      controller = null;
      store.setState(({ arms }) => ({
        arms: arms.map((arm) => ({ ...arm, live: false })),
        progress: null,
      }));
    }
  };
  return {
    store,
    set: (change) => store.setState(({ settings }) => ({ settings: { ...settings, ...change } })),
    run,
    cancel: () => controller?.abort(),
  };
}

type Progress = NonNullable<LimitsState["progress"]>;

function advance(progress: Progress, event: RateLimitEvent): Progress {
  if (event.type === "call-done") return { ...progress, done: event.done, total: event.total };
  if (event.type === "sent") return { ...progress, waiting: null };
  if (event.type !== "call" || event.event.type !== "wait") return progress;
  const { ms, reason } = event.event;
  return { ...progress, waiting: { reason, untilMs: now() + ms } };
}

const phaseOf: Readonly<Record<WaitReason, WaitPhase>> = {
  requests: "request-limit",
  tokens: "token-limit",
  server: "retry",
  retry: "retry",
};

/** One arm's calls on lanes, in the order in which their turns came. */
class ArmLanes {
  readonly log = new StepLog();
  readonly #labels: readonly string[];
  readonly #lanes = new Map<number, number>();
  /** Lanes that wait at the gate. */
  readonly #held = new Set<number>();
  #waits: readonly Wait[] = [];

  constructor(labels: readonly string[]) {
    this.#labels = labels;
  }

  take(event: RateLimitEvent): void {
    if (event.type === "call") this.#takeCall(event.event);
    if (event.type !== "sent") return;
    const lane = this.#lanes.get(event.call);
    if (lane === undefined) return;
    const waits = this.#waits.map(({ reason, ...wait }) => ({ ...wait, phase: phaseOf[reason] }));
    this.log.sendLane(lane, event.requestId, event.atMs, waits);
  }

  #takeCall(event: LimitedEvent): void {
    const lane = this.#lanes.get(event.call);
    switch (event.type) {
      case "ask": {
        const opened = lane ?? this.log.openLane(this.#labels[event.call] ?? "", event.atMs);
        this.#lanes.set(event.call, opened);
        this.#held.add(opened);
        return;
      }
      case "wait":
        for (const held of this.#held) this.log.holdLane(held, phaseOf[event.reason], now());
        return;
      case "start":
        this.#waits = event.waits;
        if (lane !== undefined) this.#held.delete(lane);
        return;
      case "end":
        if (lane === undefined) return;
        this.#held.delete(lane);
        this.log.closeLane(lane, event.atMs);
    }
  }
}
