/** The modes of a batch run while it goes on: what lanes and step charts are drawn from. */
import type { EnginePolicy, StepTrace } from "../../../../protocol/index.ts";
import type { LiveRun } from "../../experiment.ts";
import { StepLog } from "../../load/step-log.ts";

export type BatchEvent =
  | { readonly type: "mode"; readonly policy: EnginePolicy }
  | { readonly type: "sent"; readonly requestId: string; readonly label: string; readonly atMs: number }
  | { readonly type: "ended"; readonly requestId: string; readonly atMs: number };

export interface LiveMode {
  readonly policy: EnginePolicy;
  /** Grows while the mode runs. */
  readonly log: StepLog;
}

export class LiveBatch implements LiveRun<BatchEvent> {
  /** The last one runs. */
  readonly modes: LiveMode[] = [];

  take(event: BatchEvent): void {
    const log = this.modes.at(-1)?.log;
    switch (event.type) {
      case "mode":
        this.modes.push({ policy: event.policy, log: new StepLog() });
        return;
      case "sent":
        log?.addLane(event.requestId, event.label, event.atMs);
        return;
      case "ended":
        log?.endLane(event.requestId, event.atMs);
    }
  }

  step(trace: StepTrace): void {
    this.modes.at(-1)?.log.add(trace);
  }
}
