import { useEffect, useState } from "react";

import type { StoredModel } from "../../../protocol/index.ts";
import { useServices } from "../../store/services.tsx";
import type { Offered, PageFacts } from "./derive.ts";

/** The adapter as the browser offers it, without a device; null while it is asked and without one. */
export function useOffered(): Offered | null {
  return useOnce(async () => {
    const gpu = "gpu" in navigator ? navigator.gpu : undefined;
    const adapter = await gpu?.requestAdapter();
    if (adapter == null) return null;
    const limits: Record<string, number> = {};
    // They are getters of the prototype.
    for (const name in adapter.limits) {
      const value: unknown = Reflect.get(adapter.limits, name);
      if (typeof value === "number") limits[name] = value;
    }
    return { features: [...adapter.features].sort(), limits };
  });
}

export function useStorage(): PageFacts["storage"] {
  return useOnce(async () => {
    // Absent on insecure origins.
    if (!("storage" in navigator)) return null;
    const [{ usage = 0, quota = 0 }, persisted] = await Promise.all([
      navigator.storage.estimate(),
      navigator.storage.persisted(),
    ]);
    return { usedBytes: usage, quotaBytes: quota, persisted };
  });
}

/** Models that the browser keeps, whole or in part. */
export function useStored(): readonly StoredModel[] | null {
  const { client } = useServices();
  return useOnce(() => client.call("storedModels", null));
}

/** Asked when the view opens; null until it is known, and where it cannot be. */
function useOnce<Value>(ask: () => Promise<Value>): Value | null {
  const [value, setValue] = useState<Value | null>(null);
  useEffect(() => {
    ask().then(setValue, () => setValue(null));
    // eslint-disable-next-line react-hooks/exhaustive-deps -- once, whatever closure it is
  }, []);
  return value;
}
