/** One list for both engines: what each can run on this adapter, and why not. */
import type { ModelRecord } from "@mlc-ai/web-llm";

import {
  webLlmFolder,
  type AdapterInfo,
  type CatalogFit,
  type CatalogModel,
  type ModelFamily,
  type OwnModel,
} from "../../../protocol/index.ts";
import { supportedQuantizations } from "../../models/config.ts";
import { supportedArchitectures } from "../../models/model-sizes.ts";
import { quantizationOf, webLlmFit, isChatModel } from "../web-llm/catalog.ts";
import { familyOf, shapeOf } from "./families.ts";

const mib = 2 ** 20;

/** Chat models of WebLLM's list, after the user's own. `adapter`: null where there is none. */
export function catalogOf(
  records: readonly ModelRecord[],
  own: readonly OwnModel[],
  adapter: AdapterInfo | null,
): readonly CatalogModel[] {
  return [
    ...own.map((model) => ownRow(model, adapter)),
    ...records.filter(isChatModel).map((record) => listedRow(record, adapter)),
  ];
}

function listedRow(record: ModelRecord, adapter: AdapterInfo | null): CatalogModel {
  const id = record.model_id;
  const megabytes = record.vram_required_MB;
  const facts = factsOf(id, adapter);
  return {
    ...facts,
    id,
    own: false,
    url: webLlmFolder(record.model),
    modelLib: record.model_lib,
    vramBytes: megabytes === undefined ? null : Math.round(megabytes * mib),
    contextWindow: record.overrides?.context_window_size ?? null,
    fits: { paged: facts.fits.paged, "web-llm": webLlmFit(record, adapter) },
  };
}

function ownRow({ id, url, modelLib }: OwnModel, adapter: AdapterInfo | null): CatalogModel {
  const facts = factsOf(id, adapter);
  const webLlm: CatalogFit =
    modelLib === null
      ? { unavailableReason: "no compiled library is given", caution: null }
      : webLlmFit({ model_id: id }, adapter);
  return {
    ...facts,
    id,
    own: true,
    url: modelLib === null ? url : webLlmFolder(url),
    modelLib,
    vramBytes: null,
    contextWindow: null,
    fits: { paged: facts.fits.paged, "web-llm": webLlm },
  };
}

function factsOf(id: string, adapter: AdapterInfo | null) {
  const quantization = quantizationOf(id);
  const family = familyOf(id);
  return {
    quantization,
    family,
    shape: shapeOf(id),
    fits: { paged: pagedFit(quantization, family, adapter) },
  };
}

/** What our engine makes of a model, as far as its name tells. It needs no feature of the adapter. */
export function pagedFit(
  quantization: string | null,
  family: ModelFamily | null,
  adapter: AdapterInfo | null,
): CatalogFit {
  const no = (unavailableReason: string): CatalogFit => ({ unavailableReason, caution: null });
  const maybe = (caution: string): CatalogFit => ({ unavailableReason: null, caution });
  if (family !== null && !supportedArchitectures.some((name) => name === family.architecture)) {
    return no(`architecture ${family.architecture}, not ${supportedArchitectures.join(", ")}`);
  }
  if (quantization !== null && !supportedQuantizations.some((name) => name === quantization)) {
    return no(`weights in ${quantization}, not ${supportedQuantizations.join(", ")}`);
  }
  if (adapter === null) return maybe("no adapter here: the CPU runner is made for small models");
  if (family === null) return maybe("only its configuration tells whether it runs");
  return { unavailableReason: null, caution: null };
}
