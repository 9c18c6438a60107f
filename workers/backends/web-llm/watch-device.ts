/**
 * WebLLM asks the browser for its own device and tells nobody when that is lost. While a model
 * loads, `requestDevice` is looked over the shoulder, so that the loss can be reported and a
 * failed load's memory freed. May go when WebLLM gives out its device.
 */
export interface DeviceWatch {
  /** The last device that was given out; null before. */
  device(): GPUDevice | null;
  /** Whether an adapter was asked for: WebLLM does that once the library runs. */
  wasAsked(): boolean;
  /** Ends the watch; the device stays known. */
  stop(): void;
}

export function watchDevice(gpu: GPU): DeviceWatch {
  let device: GPUDevice | null = null;
  let asked = false;
  const requestAdapter = gpu.requestAdapter.bind(gpu);
  gpu.requestAdapter = async (options) => {
    asked = true;
    const adapter = await requestAdapter(options);
    if (adapter === null) return null;
    const requestDevice = adapter.requestDevice.bind(adapter);
    adapter.requestDevice = async (descriptor) => (device = await requestDevice(descriptor));
    return adapter;
  };
  return {
    device: () => device,
    wasAsked: () => asked,
    stop: () => {
      // Only our own property goes; the browser's method stands behind it.
      Reflect.deleteProperty(gpu, "requestAdapter");
    },
  };
}
