/** The email-extraction workload: levels, formats and number of examples as plans. */
import { isHeldOut } from "./held-out.ts";
import { createRandom, type Random } from "../../random.ts";
import { listItems, setF1 } from "../set-f1.ts";
import { fill } from "../../template.ts";
import { drawRows, type BuiltInWorkload, type Evaluation, type PromptPlan, type Row } from "../workload.ts";
import definition from "./email-extraction.json" with { type: "json" };
import users from "./user-analysis.json" with { type: "json" };

const { names } = users.lists;

export const emailExtraction: BuiltInWorkload = {
  id: definition.id,
  version: definition.version,
  title: definition.title,
  plans: definition.levels.flatMap((level) =>
    definition.formats.flatMap((format) =>
      definition.exampleCounts.map((count) => emailPlan(level, format, count)),
    ),
  ),
  rows: emailRows,
  evaluate: (_planId, row, answers) =>
    evaluateEmails(String(row.values["emails"] ?? ""), answers["extract"] ?? ""),
};

type Level = (typeof definition.levels)[number];
type Format = (typeof definition.formats)[number];

function emailPlan(level: Level, format: Format, numExamples: number): PromptPlan {
  const examples = definition.examples
    .slice(0, numExamples)
    .map(({ text, emails }) => fill(format.example, { text, answer: emails.join(", ") || "none" }));
  return {
    id: `${level.id}-${format.id}-${numExamples}`,
    title: `${level.title}, ${format.title.toLowerCase()}, ${numExamples}`,
    description: `${level.title} instruction, ${numExamples} ${format.title.toLowerCase()}.`,
    calls: [
      {
        id: "extract",
        after: [],
        maxTokens: definition.maxTokens,
        system: level.parts.map(({ text }) => text).join(" "),
        user: examples.join("") + format.query,
      },
    ],
  };
}

/** Right when the sets are equal; score is F1 over the two sets, 1 when both are empty. */
export function evaluateEmails(expected: string, answer: string): Evaluation {
  const got = answer.trim();
  const { equal, f1 } = setF1(listItems(expected), listItems(got));
  // An empty answer is no answer: only "none" says that there is no address.
  const parsed = got !== "";
  const correct = parsed && equal;
  return {
    parsed,
    correct,
    score: parsed ? f1 : 0,
    fields: [{ name: "emails", expected: expected || "none", got: parsed ? got : null, correct }],
  };
}

/**
 * Whether an answer holds the right addresses and no others, however it sets them apart and whatever
 * it says where there is none: what was found, apart from the format that was asked for.
 */
export function addressesFound(expected: string, answer: string): boolean {
  const found = new Set(answer.match(/[\w.+-]+@[\w-]+(?:\.[\w-]+)+/gu));
  return setF1(listItems(expected), found).equal;
}

function emailRows(count: number, seed: number): readonly Row[] {
  const random = createRandom(seed);
  const text = (row: Row): string => String(row.values["text"]);
  const emails = (row: Row): string[] => String(row.values["emails"]).split(", ");
  return drawRows(
    count,
    () => drawEmail(random),
    (row) => isHeldOut(text(row)) && new Set(emails(row)).size === emails(row).length,
    text,
  );
}

function drawEmail(random: Random): Row {
  const count = random.choice([0, 1, 1, 1, 2, 2, 2, 2]);
  const emails = Array.from({ length: count }, () => drawAddress(random));
  const [e1 = "", e2 = ""] = emails;
  const kind = count === 0 ? "none" : count === 1 ? "one" : "two";
  const text =
    count === 2 && random.next() < 0.2
      ? `${drawSentence(random, "one", e1)} ${drawSentence(random, "one", e2)}`
      : withNeighbour(random, drawSentence(random, kind, e1, e2));
  return { label: text, values: { text, emails: emails.join(", ") } };
}

/** Now and then a sentence without an address stands before or after. */
function withNeighbour(random: Random, sentence: string): string {
  if (random.next() >= 0.35) return sentence;
  const other = drawSentence(random, "none");
  return random.below(2) === 0 ? `${other} ${sentence}` : `${sentence} ${other}`;
}

function drawSentence(random: Random, kind: "none" | "one" | "two", e1 = "", e2 = ""): string {
  const { days, hours, domains, topLevel } = definition.lists;
  const [name = "", name2 = ""] = random.sample(names, 2);
  return fill(random.choice(definition.sentences[kind]), {
    e1,
    e2,
    name,
    name2,
    day: random.choice(days),
    hour: random.choice(hours),
    domain: random.choice(domains),
    top: random.choice(topLevel),
  });
}

function drawAddress(random: Random): string {
  const { lastNames, roles, domains, topLevel } = definition.lists;
  const first = random.choice(names).toLowerCase();
  const kind = random.next();
  const local =
    kind < 0.4 ? first : kind < 0.8 ? `${first}.${random.choice(lastNames)}` : random.choice(roles);
  return `${local}@${random.choice(domains)}.${random.choice(topLevel)}`;
}
