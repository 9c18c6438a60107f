/** The user's own models for the catalog: kept in local storage, exported and imported as JSON. */
import type { OwnModel } from "../../protocol/index.ts";
import { hostProblem } from "./host-problem.ts";
import type { KeyValueStorage } from "./settings-store.ts";

const storageKey = "inferscope.own-models";
const mostModels = 200;
const mostFileBytes = 1_000_000;

/** What is being typed: an empty library is none. */
export interface OwnModelDraft {
  readonly id: string;
  readonly url: string;
  readonly modelLib: string;
}

export type DraftProblems = Partial<Record<keyof OwnModelDraft, string>>;

/** What is wrong with a draft, field by field; `others`: the models it will stand beside. */
export function draftProblems(draft: OwnModelDraft, others: readonly OwnModel[]): DraftProblems {
  const id = draft.id.trim();
  const problems: DraftProblems = {};
  if (id === "") problems.id = "Give it a name, with its format in it: My-Model-q4f16_1.";
  else if (id.length > 200) problems.id = "At most 200 characters.";
  else if (others.some((other) => other.id === id)) problems.id = "There is one of that name already.";
  const url = hostProblem(draft.url);
  if (url !== null) problems.url = url;
  const lib = draft.modelLib.trim() === "" ? null : hostProblem(draft.modelLib);
  if (lib !== null) problems.modelLib = lib;
  return problems;
}

/** A draft without problems as it is kept. */
export function toOwnModel({ id, url, modelLib }: OwnModelDraft): OwnModel {
  const folder = new URL(url.trim()).href;
  const library = modelLib.trim();
  return {
    id: id.trim(),
    url: folder.endsWith("/") ? folder : `${folder}/`,
    modelLib: library === "" ? null : new URL(library).href,
  };
}

/** What is kept; an entry that cannot be read is left out of the list, and stays in the storage until the next change. */
export function readOwnModels(storage: KeyValueStorage | null): readonly OwnModel[] {
  try {
    const kept: unknown = JSON.parse(storage?.getItem(storageKey) ?? "[]");
    return Array.isArray(kept) ? parseEntries(kept, []).models : [];
  } catch {
    return [];
  }
}

/** False where the browser keeps nothing: the models hold for this visit. */
export function keepOwnModels(storage: KeyValueStorage | null, models: readonly OwnModel[]): boolean {
  try {
    storage?.setItem(storageKey, JSON.stringify(models));
    return storage !== null;
  } catch {
    return false;
  }
}

export function exportOwnModels(models: readonly OwnModel[]): string {
  return `${JSON.stringify({ type: "inferscope-models", version: 1, models }, null, 2)}\n`;
}

export interface ImportedModels {
  /** Those there were, and the new ones; as before where anything is wrong. */
  readonly models: readonly OwnModel[];
  readonly numNew: number;
  readonly problems: readonly string[];
}

/** All or nothing: a file with a wrong entry changes nothing, and says which and why. */
export function importOwnModels(text: string, present: readonly OwnModel[]): ImportedModels {
  const refused = (...problems: string[]): ImportedModels => ({ models: present, numNew: 0, problems });
  if (text.length > mostFileBytes) return refused("The file is larger than 1 MB.");
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return refused("The file is not JSON.");
  }
  const entries = Array.isArray(json) ? (json as unknown[]) : fieldOf(json, "models");
  if (!Array.isArray(entries)) return refused('The file has no list "models".');
  const { models: read, problems } = parseEntries(entries, present);
  if (problems.length > 0) return refused(...problems);
  if (present.length + read.length > mostModels) return refused(`At most ${mostModels} models are kept.`);
  return { models: [...present, ...read], numNew: read.length, problems: [] };
}

/** Entries beside those that are there; one that is there exactly as it stands is no problem. */
function parseEntries(
  entries: readonly unknown[],
  present: readonly OwnModel[],
): { readonly models: readonly OwnModel[]; readonly problems: readonly string[] } {
  const models: OwnModel[] = [];
  const problems: string[] = [];
  for (const [index, entry] of entries.entries()) {
    const draft = draftOf(entry);
    const found = draft === null ? { entry: "id and url must be texts" } : draftProblems(draft, models);
    const [first] = Object.entries(found);
    if (draft === null || first !== undefined) {
      problems.push(`Entry ${index + 1}, ${first?.join(": ") ?? ""}`);
      continue;
    }
    const model = toOwnModel(draft);
    const same = present.find(({ id }) => id === model.id);
    if (same === undefined) models.push(model);
    else if (same.url !== model.url || same.modelLib !== model.modelLib) {
      problems.push(
        `Entry ${index + 1}: "${model.id}" is there already with another address: remove it first`,
      );
    }
  }
  return { models, problems };
}

function draftOf(entry: unknown): OwnModelDraft | null {
  const [id, url, modelLib] = ["id", "url", "modelLib"].map((name) => fieldOf(entry, name));
  if (typeof id !== "string" || typeof url !== "string") return null;
  if (modelLib !== undefined && modelLib !== null && typeof modelLib !== "string") return null;
  return { id, url, modelLib: modelLib ?? "" };
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
}
