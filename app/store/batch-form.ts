/** Which requests the Batch view sends next: kept while other views are shown. */
import { createStore, type StoreApi } from "zustand/vanilla";

import { defaultLoad, type LoadSettings } from "../lab/load/load.ts";

export const createBatchForm = (): StoreApi<LoadSettings> => createStore<LoadSettings>(() => defaultLoad);
