/** The embedded model on the GPU, from the files that the app serves. */
import type { GpuContext } from "../../gpu/device.ts";
import { UrlSource } from "../file-source.ts";
import { GpuModelRunner } from "../gpu-runner.ts";
import { loadModel, type LoadedModel } from "../load-model.ts";

export async function embeddedRunner(
  context: GpuContext,
  name: string,
): Promise<{ runner: GpuModelRunner; model: LoadedModel }> {
  const source = new UrlSource(`/models/${name}/`, { baseUrl: location.origin });
  const model = await loadModel(source, () => undefined, new AbortController().signal);
  return { model, runner: await GpuModelRunner.create(context, model.description.config, model.weights) };
}
