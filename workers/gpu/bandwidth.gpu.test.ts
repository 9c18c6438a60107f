import { expect, it } from "vitest";

import { mix32 } from "../kernels/sample.reference.ts";
import { measureBandwidth } from "./bandwidth.ts";
import { testDevice } from "./testing/device.ts";

const device = testDevice();

it("reads every word of the buffer", async () => {
  const bytes = 2 ** 22 + 48;
  const measured = await measureBandwidth(await device(), bytes);
  let checksum = 0;
  for (let word = 0; word < bytes / 4; word += 1) checksum ^= mix32(word);
  expect(measured.checksum).toBe(checksum >>> 0);
  expect(measured.bytes).toBe(bytes);
  expect(measured.sweepMs).toBeGreaterThan(0);
  expect(measured.bytesPerSecond).toBeCloseTo((bytes * 1000) / measured.sweepMs);
});

it("refuses a buffer that the device does not allow", async () => {
  await expect(measureBandwidth(await device(), 2 ** 50)).rejects.toMatchObject({ kind: "device-limit" });
});
