/** How this view's parts ask for a load. */
import type {
  BackendName,
  EnginePolicy,
  ModelSource,
  OwnModel,
  RunnerName,
  StoredModel,
} from "../../../protocol/index.ts";

export type LoadModel = (
  label: string,
  source: ModelSource,
  backend?: BackendName,
  policy?: Partial<EnginePolicy>,
) => void;

export interface CatalogProps {
  onLoad: LoadModel;
  disabled: boolean;
  runner: RunnerName;
  setRunner: (runner: RunnerName) => void;
  own: readonly OwnModel[];
  stored: readonly StoredModel[];
}
