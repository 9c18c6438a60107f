import { useCallback, useEffect, useState } from "react";

import { serializeError, type SerializedError, type StoredModel } from "../../../protocol/index.ts";
import { useEngine, useServices } from "../../store/services.tsx";

/** What downloads left in the browser's storage, read again when a load ended, either way. */
export function useStoredModels() {
  const { client } = useServices();
  const loadType = useEngine(({ load }) => load.type);
  const [models, setModels] = useState<readonly StoredModel[]>([]);
  const [error, setError] = useState<SerializedError | null>(null);
  const refresh = useCallback(() => {
    client.call("storedModels", null).then(setModels, (reason: unknown) => setError(serializeError(reason)));
  }, [client]);
  useEffect(refresh, [refresh, loadType]);
  const remove = (url: string) => {
    client.call("deleteStored", { url, only: "all" }).then(refresh, (reason: unknown) => {
      setError(serializeError(reason));
    });
  };
  return { models, error, remove };
}
