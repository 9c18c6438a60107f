/**
 * Two tabs, their workers and engines together, in virtual time: slow channels, failed loads and steps,
 * crashes, hangs, lost devices, aborts, closed tabs and leases taken over, all by a seed. Real: the client,
 * its lease and watchdog, the host, the waiting of requests, the engine. Each seed is printed where it fails.
 */
import { expect, it, vi } from "vitest";

import {
  defaultSampling,
  InferscopeError,
  requestId,
  type ErrorKind,
  type Generation,
  type GenerationResult,
  type LoadParams,
} from "../../protocol/index.ts";
import { dice, Oracle, type Dice } from "../../workers/engine/testing/simulation.ts";
import type { RequestSpec } from "../../workers/engine/testing/harness.ts";
import { scale, soakTimeoutMs, startSoak } from "../../workers/testing/soak.ts";
import { EngineClient } from "./engine-client.ts";
import { SimLocks } from "./testing/sim-locks.ts";
import { SimWorker } from "./testing/sim-worker.ts";

/** Microtasks end before it; it is not one of the faked timers. */
const turn = setImmediate;
const faked = ["setTimeout", "clearTimeout", "setInterval", "clearInterval", "Date", "performance"] as const;
const params: LoadParams = { source: { id: "sim" }, backend: "paged", runner: "cpu", policy: {} };
const expectedKinds: readonly ErrorKind[] = [
  "aborted",
  "bad-template",
  "device-lost",
  "network",
  "no-model",
  "other-tab",
  "out-of-memory",
  "worker-crashed",
];

type Spec = Omit<RequestSpec, "stopTokenIds">;

interface Asked {
  readonly name: string;
  readonly spec: Spec;
  readonly generation: Generation;
  readonly streamed: number[];
  ends: number;
  end: GenerationResult | InferscopeError | null;
}

interface Call {
  readonly name: string;
  isSettled: boolean;
  error: unknown;
}

class Tab {
  readonly workers: SimWorker[] = [];
  readonly client: EngineClient;
  readonly asked: Asked[] = [];
  readonly calls: Call[] = [];
  readonly #name: string;
  #load: AbortController | null = null;

  constructor(name: string, die: Dice, locks: SimLocks) {
    this.#name = name;
    this.client = new EngineClient({
      locks: locks.of(this),
      time: {
        isHidden: () => false,
        onPageEvent: () => () => undefined,
        monotonicMs: () => Date.now(),
        wallMs: () => Date.now(),
      },
      spawn: (handlers) => {
        const worker = new SimWorker(die, handlers);
        this.workers.push(worker);
        return worker;
      },
    });
  }

  get worker(): SimWorker | undefined {
    return this.workers.at(-1);
  }

  load(): void {
    this.#load = new AbortController();
    this.note("load", this.client.load(params, { signal: this.#load.signal }));
  }

  get isLoading(): boolean {
    return this.calls.some(({ name, isSettled }) => name === "load" && !isSettled);
  }

  cancelLoad(): void {
    this.#load?.abort();
  }

  ask(spec: Spec): Asked {
    const { prompt, usePrefixCache = true, ...sampling } = spec;
    const name = `${this.#name}-${this.asked.length}`;
    const generation = this.client.generate({
      id: requestId(name),
      prompt: { type: "tokens", tokenIds: prompt },
      sampling: { ...defaultSampling, ...sampling },
      responseFormat: { type: "text" },
      usePrefixCache,
    });
    const asked: Asked = { name, spec, generation, streamed: [], ends: 0, end: null };
    this.asked.push(asked);
    void follow(asked);
    return asked;
  }

  note(name: string, promise: Promise<unknown>): void {
    const call: Call = { name, isSettled: false, error: null };
    this.calls.push(call);
    promise.then(
      () => (call.isSettled = true),
      (error: unknown) => Object.assign(call, { isSettled: true, error }),
    );
  }
}

async function follow(asked: Asked): Promise<void> {
  const { generation } = asked;
  const end = (value: Asked["end"]) => {
    asked.ends += 1;
    asked.end = value;
  };
  void generation.result.then(end, (error: unknown) => end(error instanceof InferscopeError ? error : null));
  try {
    for await (const { tokenId } of generation) {
      if (tokenId !== null) asked.streamed.push(tokenId);
    }
  } catch {
    // The result tells it.
  }
}

/** Lets virtual time pass, one timer at a time. */
async function pass(ms: number, after: () => void): Promise<void> {
  const endMs = Date.now() + ms;
  // A timer for the end, so that there is a next one.
  setTimeout(() => undefined, ms);
  while (Date.now() < endMs) {
    vi.advanceTimersToNextTimer();
    await new Promise<void>((resolve) => void turn(resolve));
    after();
  }
}

class Simulation {
  readonly #die: Dice;
  readonly #locks = new SimLocks();
  readonly #oracle: Oracle;
  readonly #closed: Tab[] = [];
  #tabs: Tab[];
  #numTabs = 0;

  constructor(seed: number, oracle: Oracle) {
    this.#die = dice(seed);
    this.#oracle = oracle;
    this.#tabs = [this.#open(), this.#open()];
  }

  async run(numActions: number): Promise<readonly Asked[]> {
    for (let action = 0; action < numActions; action += 1) {
      this.#act(this.#die.pick(this.#tabs));
      await this.#pass(this.#die.int(0, 150));
    }
    for (const { workers } of this.#tabs) for (const { backend } of workers) backend.isCalm = true;
    // Longer than any hang, and than the watchdog's patience.
    await this.#pass(60_000);
    await this.#check();
    await this.#serveOnce();
    const asked = [...this.#closed, ...this.#tabs].flatMap((tab) => tab.asked);
    for (const tab of this.#tabs) tab.client.dispose();
    return asked;
  }

  #open(): Tab {
    return new Tab(`tab${(this.#numTabs += 1)}`, this.#die, this.#locks);
  }

  #act(tab: Tab): void {
    const { int, chance, pick } = this.#die;
    const { client } = tab;
    const running = tab.asked.filter(({ ends }) => ends === 0);
    const roll = int(1, 100);
    if (roll <= 55) {
      // Mostly as people do: a request goes to a model.
      if (client.status.loaded === null && chance(0.9)) this.#bring(tab);
      else for (let more = int(1, 4); more > 0; more -= 1) tab.ask(this.#spec());
    } else if (roll <= 57) tab.load();
    else if (roll <= 63) (running.length > 0 ? pick(running) : null)?.generation.abort();
    else if (roll <= 67) tab.cancelLoad();
    else if (roll <= 69) tab.note("unload", client.unload());
    else if (roll <= 74) tab.note("configure", client.call("configure", { maxNumSeqs: int(1, 8) }));
    else if (roll <= 78) tab.note("encode", client.call("encode", { text: "abc" }));
    else if (roll <= 81) tab.note("clearCache", client.call("clearCache", null));
    else if (roll <= 85) tab.note("snapshot", client.call("snapshot", null));
    else if (roll <= 87) client.lease.takeOver();
    else if (roll <= 88) tab.worker?.crash();
    else if (roll <= 92) tab.worker?.hang(chance(0.15) ? 3_600_000 : int(1, 3000));
    else if (roll <= 97) void tab.worker?.backend.lose();
    else if (chance(0.3)) this.#replace(tab);
  }

  #bring(tab: Tab): void {
    if (tab.isLoading) return;
    if (tab.client.lease.state !== "held" && this.#die.chance(0.3)) tab.client.lease.takeOver();
    tab.load();
  }

  #spec(): Spec {
    const { int, chance, pick } = this.#die;
    const stem = pick([1, 2, 3]);
    const shared = Array.from({ length: int(0, 30) }, (_, index) => (stem * 31 + index * 7) % 97);
    const own = Array.from({ length: int(1, 8) }, () => int(0, 96));
    return {
      prompt: [...shared, ...own],
      maxTokens: int(1, 16),
      temperature: chance(0.3) ? 1 : 0,
      seed: int(0, 1000),
      usePrefixCache: chance(0.9),
    };
  }

  /** The tab is closed and another one opened. */
  #replace(tab: Tab): void {
    tab.client.dispose();
    this.#locks.close(tab);
    this.#closed.push(tab);
    this.#tabs = this.#tabs.map((other) => (other === tab ? this.#open() : other));
  }

  #pass(ms: number): Promise<void> {
    return pass(ms, () => {
      const holders = this.#tabs.filter(({ worker }) => worker?.hasModel === true);
      if (holders.length > 1) throw new Error("two tabs have a model");
    });
  }

  async #check(): Promise<void> {
    for (const { asked, calls, workers } of [...this.#closed, ...this.#tabs]) {
      for (const call of calls) {
        if (!call.isSettled) throw new Error(`${call.name} waits for ever`);
        if (call.error !== null) assertTyped(call.name, call.error);
      }
      for (const one of asked) await this.#checkRequest(one);
      for (const { backend, broken } of workers) expect([...backend.integrityErrors, ...broken]).toEqual([]);
    }
    for (const { worker } of this.#tabs) {
      if (worker?.hasModel !== true) continue;
      const { engine } = worker.backend;
      engine?.checkIntegrity();
      expect(engine?.snapshot().kv.used).toBe(0);
      engine?.clearCache();
      expect(engine?.snapshot().kv.free).toBe(engine?.snapshot().kv.total);
    }
  }

  async #checkRequest({ name, spec, streamed, ends, end }: Asked): Promise<void> {
    if (ends !== 1 || end === null) throw new Error(`${name} ended ${ends} times`);
    const wanted = await this.#oracle.tokens(spec);
    if (end instanceof InferscopeError) {
      assertTyped(name, end);
      expect(streamed).toEqual(wanted.slice(0, streamed.length));
      return;
    }
    const isAborted = end.finishReason === "abort";
    expect(end.tokenIds).toEqual(isAborted ? wanted.slice(0, end.tokenIds.length) : wanted);
    // No event after the end, and none lost before it.
    expect(streamed).toEqual(end.tokenIds);
    expect(end.metrics.interrupted).toBeUndefined();
  }

  /** Whatever happened: a tab that takes the engine and loads a model gets the right answer. */
  async #serveOnce(): Promise<void> {
    for (const tab of [...this.#tabs]) {
      if (tab.client.status.worker === "dead") this.#replace(tab);
    }
    const tab = this.#die.pick(this.#tabs);
    await this.#pass(1000);
    tab.client.lease.takeOver();
    await this.#pass(1000);
    for (const { workers } of this.#tabs) for (const { backend } of workers) backend.isCalm = true;
    tab.load();
    await this.#pass(3000);
    const asked = tab.ask(this.#spec());
    await this.#pass(10_000);
    await this.#check();
    expect(asked.end).not.toBeInstanceOf(InferscopeError);
  }
}

function assertTyped(name: string, error: unknown): void {
  if (error instanceof InferscopeError && expectedKinds.includes(error.kind)) return;
  throw new Error(`${name} failed with ${String(error)}`, { cause: error });
}

const [rounds, numActions] = [scale(40, 20_000, 4), 60];
const isSoak = rounds > 40;

it(
  `page, worker and engine under random faults, ${rounds} rounds of ${numActions} actions`,
  async () => {
    // Random in the long run, the same in every short one.
    const firstSeed = isSoak ? Math.floor(Math.random() * 2 ** 31) : 1;
    console.log(`simulation across the threads: seeds from ${firstSeed}`);
    const soak = startSoak();
    const oracle = new Oracle();
    let numRequests = 0;
    const reasons = new Map<string, number>();
    for (let seed = firstSeed; seed < firstSeed + rounds && !soak.isOver(); seed += 1) {
      vi.useFakeTimers({ toFake: [...faked] });
      try {
        for (const { end } of await new Simulation(seed, oracle).run(numActions)) {
          numRequests += 1;
          const reason = end instanceof InferscopeError ? end.kind : (end?.finishReason ?? "");
          reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
        }
      } catch (cause) {
        throw new Error(`seed ${seed}: ${String(cause)}`, { cause });
      } finally {
        vi.useRealTimers();
      }
    }
    soak.report(numRequests, `requests, ended by ${JSON.stringify(Object.fromEntries(reasons))}`);
    // Every way to end was met, so that none of them goes untested by chance.
    for (const reason of ["length", "abort", "worker-crashed", "other-tab", "device-lost", "no-model"]) {
      if (rounds >= 40) expect(reasons.get(reason) ?? 0, reason).toBeGreaterThan(0);
    }
  },
  soakTimeoutMs,
);
