/** A prompt as sections: what stays the same from request to request, what does not, in which order. */
import type { Message } from "../../../protocol/index.ts";
import { userAnalysis } from "../workloads/built-in/user-analysis.ts";
import definition from "../workloads/built-in/user-analysis.json" with { type: "json" };

export interface PromptSection {
  readonly id: number;
  readonly name: string;
  /** In the text of a dynamic section each request fills {{record}}, {{timestamp}} and {{requestId}} anew. */
  readonly kind: "static" | "dynamic";
  /** Leading system sections form the system message; everything after them is the user's message. */
  readonly role: "system" | "user";
  readonly text: string;
}

/** What dynamic sections are filled with. */
export interface RequestValues {
  readonly record: string;
  readonly timestamp: string;
  readonly requestId: string;
}

export interface BuiltPrompt {
  readonly messages: readonly Message[];
  /** Filled, in order, those without text left out. */
  readonly parts: readonly { readonly name: string; readonly text: string }[];
}

/** Values of request number `index`: each has another record. */
export function requestValues(index: number, time: Date, requestId: string): RequestValues {
  const row = rows[index % rows.length];
  return { record: String(row?.values["record"] ?? ""), timestamp: timestampText(time), requestId };
}

const rows = userAnalysis.rows(64, 11);

/** "08:20:31.123 on 2026-11-24", in UTC. */
export function timestampText(time: Date): string {
  const [date = "", clock = ""] = time.toISOString().replace("Z", "").split("T");
  return `${clock} on ${date}`;
}

/** The structured plan of the user analysis, with the shop's catalogue as the long static part. */
export function defaultSections(): readonly PromptSection[] {
  const call = userAnalysis.plans.find(({ id }) => id === "structured")?.calls[0];
  const catalogue = definition.lists.categories.map(({ name, items }) => `${name}: ${items.join(", ")}`);
  return [
    { id: 1, name: "System", kind: "static", role: "system", text: call?.system ?? "" },
    { id: 2, name: "Catalogue", kind: "static", role: "system", text: catalogue.join("\n") },
    { id: 3, name: "Record", kind: "dynamic", role: "user", text: "{{record}}" },
  ];
}

/** A timestamp before section number `position`; at `sections.length`, at the end. */
export function withTimestamp(
  sections: readonly PromptSection[],
  position: number,
): readonly PromptSection[] {
  const role = sections[position]?.role ?? sections.at(-1)?.role ?? "user";
  return sections.toSpliced(position, 0, {
    ...{ id: nextId(sections), name: "Timestamp", kind: "dynamic", role },
    text: "{{timestamp}}",
  });
}

/** "at the front", "after System", "at the end". */
export function placeText(sections: readonly PromptSection[], position: number): string {
  const before = sections[position - 1];
  if (before === undefined) return "at the front";
  return position >= sections.length ? "at the end" : `after ${before.name}`;
}

export function withNewSection(sections: readonly PromptSection[]): readonly PromptSection[] {
  const id = nextId(sections);
  return [...sections, { id, name: `Section ${id}`, kind: "static", role: "user", text: "" }];
}

/** The section one place up (-1) or down (1); at the ends nothing moves. */
export function moved(sections: readonly PromptSection[], id: number, by: -1 | 1): readonly PromptSection[] {
  const from = sections.findIndex((section) => section.id === id);
  const section = sections[from];
  const to = from + by;
  if (section === undefined || to < 0 || to >= sections.length) return sections;
  return sections.toSpliced(from, 1).toSpliced(to, 0, section);
}

export function buildPrompt(sections: readonly PromptSection[], values: RequestValues): BuiltPrompt {
  const filled = sections
    .map((section) => ({ ...section, text: textOf(section, values) }))
    .filter(({ text }) => text !== "");
  const firstUser = filled.findIndex(({ role }) => role === "user");
  const numSystem = firstUser === -1 ? filled.length : firstUser;
  const message = (role: Message["role"], part: readonly { text: string }[]): readonly Message[] =>
    part.length === 0 ? [] : [{ role, content: part.map(({ text }) => text).join("\n") }];
  return {
    messages: [...message("system", filled.slice(0, numSystem)), ...message("user", filled.slice(numSystem))],
    parts: filled.map(({ name, text }) => ({ name, text })),
  };
}

function textOf({ kind, text }: PromptSection, values: RequestValues): string {
  if (kind === "static") return text;
  return text
    .replaceAll("{{record}}", values.record)
    .replaceAll("{{timestamp}}", values.timestamp)
    .replaceAll("{{requestId}}", values.requestId);
}

/** A dynamic section that says the same in every request, and so is static. */
export function neverChanges({ kind, text }: PromptSection): boolean {
  return kind === "dynamic" && !/\{\{(record|timestamp|requestId)\}\}/.test(text);
}

const nextId = (sections: readonly PromptSection[]): number =>
  Math.max(0, ...sections.map(({ id }) => id)) + 1;
