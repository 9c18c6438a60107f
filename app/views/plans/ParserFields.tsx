import type { AnswerParser, PlanDefinition } from "../../lab/workloads/own/definition.ts";
import { CommitField, FieldGrid, Select, TextField } from "../../ui/Fields.tsx";
import { names, type ProblemAt } from "./derive.ts";
import styles from "./plans.module.css";

const types: readonly { value: AnswerParser["type"]; label: string }[] = [
  { value: "text", label: "as a whole" },
  { value: "lines", label: "as labelled lines" },
  { value: "json", label: "as a JSON object" },
  { value: "regex", label: "by a regular expression" },
];

interface ParserFieldsProps {
  plan: PlanDefinition;
  problemAt: ProblemAt;
  onChange: (parser: AnswerParser) => void;
}

/** How answers become the fields that the checks look at. */
export function ParserFields({ plan, problemAt, onChange }: ParserFieldsProps) {
  const { parser, calls } = plan;
  const problem = problemAt(`plans/${plan.id}/parser`);
  const call = parser.type === "text" ? (calls.at(-1)?.id ?? "") : parser.call;
  const options = [...new Set([...calls.map(({ id }) => id), call])];
  return (
    <>
      <FieldGrid>
        <Select
          label="The answer is read"
          value={parser.type}
          options={types}
          onChange={(type) => onChange(parserOf(type, call, parser))}
        />
        {parser.type !== "text" && (
          <Select
            label="The answer of"
            value={call}
            options={options.map((id) => ({ value: id, label: id }))}
            onChange={(next) => onChange({ ...parser, call: next })}
          />
        )}
        {(parser.type === "lines" || parser.type === "json") && (
          <CommitField
            label={parser.type === "lines" ? "Labels, with commas between" : "Keys, with commas between"}
            help={
              parser.type === "lines"
                ? "LABEL: value, each label once and no other line."
                : "One JSON object that has these keys and nothing around it."
            }
            value={parser.fields.join(", ")}
            inputMode="text"
            invalid={problem !== null}
            onCommit={(text) => onChange({ ...parser, fields: names(text) })}
          />
        )}
        {parser.type === "regex" && (
          <TextField
            label="Pattern"
            help="Its named groups, as in (?<answer>\w+), are the fields."
            value={parser.pattern}
            problem={problem}
            onChange={(pattern) => onChange({ ...parser, pattern: pattern.slice(0, 500) })}
          />
        )}
      </FieldGrid>
      {problem !== null && parser.type !== "regex" && <p className={styles["problem"]}>{problem}</p>}
    </>
  );
}

function parserOf(type: AnswerParser["type"], call: string, before: AnswerParser): AnswerParser {
  const fields = "fields" in before ? before.fields : ["answer"];
  switch (type) {
    case "text":
      return { type };
    case "lines":
    case "json":
      return { type, call, fields };
    case "regex":
      return { type, call, pattern: "(?<answer>.+)" };
  }
}
