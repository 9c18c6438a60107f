/** One device a test file: acquired on first use. */
import { acquireDevice, type GpuContext } from "../device.ts";

export function testDevice(): () => Promise<GpuContext> {
  let context: Promise<GpuContext> | null = null;
  return () => (context ??= acquireDevice(navigator.gpu));
}
