import { expect, it, vi } from "vitest";

import { InferscopeError, type EngineEvent } from "../../protocol/index.ts";
import { request, text } from "./contract/requests.ts";
import { PendingRequests } from "./pending-requests.ts";

const refused = () => {
  throw new InferscopeError("device-lost", "gone");
};

it("fails a request that the engine refuses when its turn comes, also one without a grammar", async () => {
  for (const compile of [null, () => Promise.resolve([])]) {
    const events: EngineEvent[] = [];
    const sink = (event: EngineEvent) => void events.push(event);
    new PendingRequests().add(request(text("a")), sink, { tokenIds: Promise.resolve([1]), compile }, refused);
    await vi.waitFor(() => expect(events).toHaveLength(1));
    expect(events[0]).toMatchObject({ type: "failed", error: { kind: "device-lost" } });
  }
});

it("ends an aborted request once, whatever comes of its preparation, and leaves its name to the next", async () => {
  const pending = new PendingRequests();
  const events: EngineEvent[] = [];
  const sink = (event: EngineEvent) => void events.push(event);
  const asked = request(text("a"));
  const failing = Promise.reject(new Error("late"));
  const start = vi.fn();
  pending.add(asked, sink, { tokenIds: failing, compile: null }, start);
  pending.abort(asked.id);
  pending.add(asked, sink, { tokenIds: Promise.resolve([1, 2]), compile: null }, start);
  await vi.waitFor(() => expect(start).toHaveBeenCalledOnce());
  expect(start).toHaveBeenCalledWith({ tokenIds: [1, 2] });
  expect(events).toMatchObject([{ type: "finished", choices: [{ finishReason: "abort" }] }]);
});
