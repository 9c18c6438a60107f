/** The engine as the server sees it: a thread that computes and is kept running, and a judge before it. */
import {
  InferscopeError,
  serializeError,
  type CacheSnapshot,
  type ModelInfo,
  type RequestId,
  type SubmittedRequest,
} from "../../protocol/index.ts";
import { EngineThread, type RequestListener } from "./engine-thread-client.ts";
import { Judge } from "./judge.ts";
import type { ServiceLimits } from "./limits.ts";
import { ThreadKeeper } from "./thread-keeper.ts";

export class ServedEngine {
  readonly model: ModelInfo;
  readonly #judge: Judge;
  readonly #keeper: ThreadKeeper<EngineThread>;

  private constructor(model: ModelInfo, judge: Judge, keeper: ThreadKeeper<EngineThread>) {
    this.model = model;
    this.#judge = judge;
    this.#keeper = keeper;
  }

  /** Rejects where there is no such embedded model. */
  static async start(
    modelId: string,
    limits: Pick<ServiceLimits, "judgeMs" | "mostJudged" | "silenceMs">,
  ): Promise<ServedEngine> {
    const { thread, model } = await EngineThread.start(modelId);
    const startThread = async () => (await EngineThread.start(modelId)).thread;
    const judge = await Judge.start({
      startThread,
      contextWindow: model.contextWindow,
      deadlineMs: limits.judgeMs,
      mostWaiting: limits.mostJudged,
    });
    return new ServedEngine(model, judge, new ThreadKeeper(thread, startThread, limits.silenceMs));
  }

  /** Exactly one `finished` or `failed` reaches the listener, unless `isWanted` says that nobody waits. */
  async submit(request: SubmittedRequest, listener: RequestListener, isWanted: () => boolean): Promise<void> {
    try {
      await this.#judge.check(request, isWanted);
      if (!isWanted()) return;
      if (this.#keeper.current === null) throw gone();
      this.#keeper.current.submit(request, listener);
    } catch (error) {
      listener({ type: "failed", requestId: request.id, error: serializeError(error) });
    }
  }

  abort(requestId: RequestId): void {
    this.#keeper.current?.abort(requestId);
  }

  /** Null where no thread runs. */
  async snapshot(): Promise<CacheSnapshot | null> {
    return (await this.#keeper.current?.call("snapshot", null)) ?? null;
  }

  async close(): Promise<void> {
    await Promise.all([this.#judge.close(), this.#keeper.close()]);
  }
}

const gone = () =>
  new InferscopeError(
    "worker-crashed",
    "The engine's thread ended; it is started again twice in five minutes.",
    {
      hint: "Try again in some seconds; if it does not come back, start the server again.",
    },
  );
