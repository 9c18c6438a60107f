/** The `{{name}}` of a template: columns of the row, and answers of earlier calls. */
import { replacePlaceholders, scanPlaceholders, type Placeholder } from "../../placeholder-scan.ts";
import type { PlanDefinition } from "./definition.ts";

export const placeholders = (template: string): readonly Placeholder[] => scanPlaceholders(template);

/** Line of the first `{{` that names nothing, null where there is none. */
export function unclosedLine(template: string): number | null {
  const at = replacePlaceholders(template, (_, whole) => whole.replaceAll(/[{}]/g, " ")).indexOf("{{");
  return at === -1 ? null : template.slice(0, at).split("\n").length;
}

/** `{{id}}` and `{{answers.id}}` are the same answer. */
export const answerOf = (name: string): string => name.replace(/^answers\./, "");

/** The template with other names; `rename` gives null for those that stay. */
export function renamed(template: string, rename: (name: string) => string | null): string {
  return replacePlaceholders(template, (name, whole) => {
    const next = rename(name);
    return next === null ? whole : `{{${next}}}`;
  });
}

/** A call under another id: wherever its answer is used, too. */
export function renameCall(plan: PlanDefinition, from: string, to: string): PlanDefinition {
  const rename = (name: string) => (name === from || name === `answers.${from}` ? to : null);
  const { parser } = plan;
  return {
    ...plan,
    calls: plan.calls.map((call) => ({
      ...call,
      id: call.id === from ? to : call.id,
      system: renamed(call.system, rename),
      user: renamed(call.user, rename),
    })),
    parser: parser.type !== "text" && parser.call === from ? { ...parser, call: to } : parser,
  };
}
