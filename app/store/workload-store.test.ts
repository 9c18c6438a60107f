import { expect, it, vi } from "vitest";

import { emptyWorkload, withTable } from "../lab/workloads/own/starter.ts";
import { parseRows } from "../lab/workloads/own/rows.ts";
import { memoryStorage, type WorkloadStorage } from "./workload-storage.ts";
import { createWorkloads } from "./workload-store.ts";

let number = 0;
const open = async (storage: WorkloadStorage = memoryStorage()) => {
  const workloads = createWorkloads(Promise.resolve(storage), () => String((number += 1)));
  await vi.waitFor(() => expect(workloads.store.getState().list).not.toBeNull());
  return { ...workloads, state: () => workloads.store.getState() };
};
const tickets = withTable(
  emptyWorkload("own-tickets", "Tickets"),
  parseRows("text,label\na,b\n", "rows.csv"),
);
const file = (text: string, size = text.length) => ({
  name: "w.json",
  size,
  text: () => Promise.resolve(text),
});

it("keeps every change, rows apart", async () => {
  const storage = memoryStorage();
  const put = vi.spyOn(storage, "put");
  const { actions, state } = await open(storage);
  actions.put(tickets);
  expect(actions.put({ ...tickets, title: "Calls" }).revision).toBe(1);
  await vi.waitFor(() => expect(put).toHaveBeenCalledTimes(2));
  expect(put.mock.calls.map(([, withRows]) => withRows)).toEqual([true, false]);
  const again = await open(storage);
  expect(again.state().list).toEqual(state().list);
});

it("gives back what was deleted", async () => {
  const { actions, state } = await open();
  actions.put(tickets);
  actions.remove(tickets.id);
  expect(state().list).toEqual([]);
  actions.undoRemove();
  expect(state().list).toEqual([tickets]);
  expect(state().removed).toBeNull();
});

it("imports beside what is there, and says what it cannot read", async () => {
  const { actions, state } = await open();
  actions.put(tickets);
  const text = JSON.stringify(tickets);
  const id = await actions.importFiles([file(text), file("{"), file(text.slice(0, -9)), file(text, 1e9)]);
  expect(state().list).toHaveLength(2);
  expect(state().list!.find((workload) => workload.id === id)!.plans).toEqual(tickets.plans);
  expect(state().error).toMatchObject({
    kind: "invalid-request",
    message: expect.stringContaining("w.json: larger") as string,
  });
});

it("leaves alone what another version kept", async () => {
  const strange = { id: "own-later", version: 2 };
  const storage = { ...memoryStorage(), list: () => Promise.resolve([strange, tickets]) };
  const { state } = await open(storage);
  expect(state().list).toEqual([tickets]);
  expect(state().unreadable).toEqual([strange]);
});

it("says when a change cannot be kept, and goes on with it", async () => {
  const storage = { ...memoryStorage(), put: () => Promise.reject(new Error("The disk is full.")) };
  const { actions, state } = await open(storage);
  actions.put(tickets);
  await vi.waitFor(() => expect(state().error?.message).toContain("The disk is full."));
  expect(state().list).toEqual([tickets]);
});
