/** A duel while it runs. */
import type { LiveRun } from "../../experiment.ts";
import type { EngineId } from "./report.ts";
import type { DuelEvent } from "./run-duel.ts";

export class LiveDuel implements LiveRun<DuelEvent> {
  /** That is at work; null before the first. `isLoading`: it is brought up. */
  now: { readonly engine: EngineId; readonly isLoading: boolean } | null = null;

  take(event: DuelEvent): void {
    if (event.type === "load") this.now = { engine: event.engine, isLoading: true };
    else if (event.type === "sample" && this.now !== null) this.now = { ...this.now, isLoading: false };
  }
}
