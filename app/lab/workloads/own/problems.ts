/** What keeps a workload from being run, each with its place, so that the editor can say it there. */
import {
  ownLimits,
  type AnswerParser,
  type CallDefinition,
  type Check,
  type PlanDefinition,
  type WorkloadDefinition,
} from "./definition.ts";
import { checkProblem, schemaProblem } from "./evaluate.ts";
import { answerOf, placeholders, unclosedLine } from "./placeholders.ts";

export interface DefinitionProblem {
  /** `plans/ID/calls/INDEX/user`, `plans/ID/calls/INDEX/schema`, `plans/ID/parser`, `checks/INDEX`, `rows`, … */
  readonly place: string;
  readonly message: string;
}

export function definitionProblems(definition: WorkloadDefinition): readonly DefinitionProblem[] {
  const { table, plans, checks } = definition;
  // Everything below is linear in it, and runs with each change.
  if (numCharacters(definition) > ownLimits.allCharacters) {
    const most = ownLimits.allCharacters.toLocaleString("en-US");
    return [
      { place: "plans", message: `Prompts, checks and schemas together have more than ${most} characters.` },
    ];
  }
  const found: DefinitionProblem[] = [];
  if (table.rows.length === 0) found.push({ place: "rows", message: "There are no rows yet." });
  for (const column of definition.expectedColumns) {
    if (!table.columns.includes(column)) {
      found.push({ place: "rows", message: `The rows have no column “${column}” for the expected answer.` });
    }
  }
  if (plans.length === 0) found.push({ place: "plans", message: "There is no plan yet." });
  const shared = plans.some((plan) => plan.checks === null);
  if (shared)
    found.push(
      ...checkProblems(
        "checks",
        checks,
        plans.find((plan) => plan.checks === null),
        table.columns,
      ),
    );
  for (const plan of plans) found.push(...planProblems(plan, definition));
  return found;
}

function numCharacters({ checks, plans }: WorkloadDefinition): number {
  const ofChecks = (list: readonly Check[]) => list.reduce((sum, { expected }) => sum + expected.length, 0);
  return plans.reduce(
    (sum, plan) =>
      sum +
      ofChecks(plan.checks ?? []) +
      plan.calls.reduce(
        (ofCalls, { system, user, schema = "" }) => ofCalls + system.length + user.length + schema.length,
        0,
      ),
    ofChecks(checks),
  );
}

function planProblems(plan: PlanDefinition, definition: WorkloadDefinition): readonly DefinitionProblem[] {
  const place = `plans/${plan.id}`;
  const { columns } = definition.table;
  const found: DefinitionProblem[] = [];
  if (plan.title.trim() === "") found.push({ place: `${place}/title`, message: "The plan has no name." });
  if (plan.calls.length === 0) found.push({ place, message: "The plan has no call." });
  for (const [index, call] of plan.calls.entries()) {
    const message = callIdProblem(call, plan.calls.slice(0, index), columns);
    if (message !== null) found.push({ place: `${place}/calls/${index}/id`, message });
    for (const key of ["system", "user"] as const) {
      const problem = templateProblem(call[key], index, plan, definition);
      if (problem !== null) found.push({ place: `${place}/calls/${index}/${key}`, message: problem });
    }
    if (call.user.trim() === "") {
      found.push({ place: `${place}/calls/${index}/user`, message: "The call asks nothing." });
    }
    const form = call.schema === undefined ? null : schemaProblem(call.schema);
    if (form !== null) found.push({ place: `${place}/calls/${index}/schema`, message: form });
  }
  const parsing = parserProblem(plan);
  if (parsing !== null) found.push({ place: `${place}/parser`, message: parsing });
  if (plan.checks !== null) found.push(...checkProblems(`${place}/checks`, plan.checks, plan, columns));
  else found.push(...sharedFieldProblems(place, plan, definition.checks));
  return found;
}

function callIdProblem(
  { id }: CallDefinition,
  before: readonly CallDefinition[],
  columns: readonly string[],
): string | null {
  if (!/^[A-Za-z][\w-]{0,39}$/.test(id))
    return "A call's name begins with a letter; digits, _ and - may follow.";
  if (before.some((call) => call.id === id)) return `Two calls are called “${id}”.`;
  return columns.includes(id) ? `“${id}” is a column already.` : null;
}

function templateProblem(
  template: string,
  index: number,
  { calls }: PlanDefinition,
  { table, expectedColumns }: WorkloadDefinition,
): string | null {
  const earlier = calls.slice(0, index).map(({ id }) => id);
  const later = calls.slice(index).map(({ id }) => id);
  const columns = new Set(table.columns);
  for (const { name, line } of placeholders(template)) {
    if (expectedColumns.includes(name)) {
      return `Line ${line}: {{${name}}} holds the expected answer, and the prompt would give it away.`;
    }
    if (columns.has(name) || earlier.includes(answerOf(name))) continue;
    if (later.includes(answerOf(name))) return `Line ${line}: {{${name}}} is not answered yet at this call.`;
    const known = [...[...columns].filter((column) => !expectedColumns.includes(column)), ...earlier];
    return `Line ${line}: there is no {{${name}}}. Known: ${known.join(", ") || "nothing"}.`;
  }
  const unclosed = unclosedLine(template);
  return unclosed === null ? null : `Line ${unclosed}: “{{” without a name and “}}”.`;
}

function parserProblem({ parser, calls }: PlanDefinition): string | null {
  if (parser.type === "text") return null;
  if (!calls.some(({ id }) => id === parser.call))
    return `There is no call “${parser.call}” whose answer could be read.`;
  if (parser.type === "regex") return patternProblem(parser.pattern);
  if (parser.fields.length === 0) return parser.type === "lines" ? "Name the labels." : "Name the keys.";
  const names = parser.fields.map((field) => field.toLowerCase());
  const twice = parser.fields.find((_, index) => names.indexOf(names[index] ?? "") !== index);
  return twice === undefined ? null : `“${twice}” stands twice.`;
}

function patternProblem(pattern: string): string | null {
  try {
    new RegExp(pattern);
  } catch (cause) {
    return (cause as Error).message;
  }
  return groupNames(pattern).length === 0 ? "Name a group, as in (?<answer>\\w+)." : null;
}

const groupNames = (pattern: string): readonly string[] =>
  [...pattern.matchAll(/\(\?<([A-Za-z_$][\w$]*)>/g)].map(({ 1: name = "" }) => name);

/** Fields that a plan's answers have. */
export function fieldsOf({
  parser,
  calls,
}: {
  parser: AnswerParser;
  calls: readonly CallDefinition[];
}): readonly string[] {
  switch (parser.type) {
    case "text":
      return calls.map(({ id }) => id);
    case "lines":
    case "json":
      return parser.fields;
    case "regex":
      return groupNames(parser.pattern);
  }
}

const hasField = (plan: PlanDefinition, field: string): boolean =>
  fieldsOf(plan).some((name) => name.toLowerCase() === field.toLowerCase());

function checkProblems(
  place: string,
  checks: readonly Check[],
  plan: PlanDefinition | undefined,
  columns: readonly string[],
): readonly DefinitionProblem[] {
  if (checks.length === 0) return [{ place, message: "Nothing says what a right answer is: add a check." }];
  return checks.flatMap((check, index) => {
    const unknown = placeholders(check.expected).find(({ name }) => !columns.includes(name));
    const message =
      unknown !== undefined && check.evaluator !== "json-schema"
        ? `There is no column “${unknown.name}”.`
        : (checkProblem(check) ??
          (place === "checks" || plan === undefined || hasField(plan, check.field)
            ? null
            : missingField(plan, check)));
    return message === null ? [] : [{ place: `${place}/${index}`, message }];
  });
}

function sharedFieldProblems(
  place: string,
  plan: PlanDefinition,
  checks: readonly Check[],
): readonly DefinitionProblem[] {
  const missing = checks.find(({ field }) => !hasField(plan, field));
  return missing === undefined ? [] : [{ place: `${place}/parser`, message: missingField(plan, missing) }];
}

const missingField = (plan: PlanDefinition, { field }: Check): string =>
  `The checks look at “${field}”; this plan's answers have ${fieldsOf(plan).join(", ") || "no field"}.`;
