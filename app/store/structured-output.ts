/** The playground's response format, from what a person typed. */
import { InferscopeError, type ResponseFormat } from "../../protocol/index.ts";

/** What answers must be, as it is being typed. */
export interface StructuredOutput {
  readonly type: ResponseFormat["type"];
  /** JSON Schema as text, good or not. */
  readonly schemaText: string;
}

export const exampleSchema = `{
  "type": "object",
  "properties": {
    "preferences": { "type": "string", "maxLength": 60 },
    "budget": { "enum": ["low", "mid", "high"] },
    "scores": {
      "type": "array",
      "items": { "type": "integer", "minimum": 0, "maximum": 10 },
      "minItems": 1,
      "maxItems": 3
    }
  },
  "required": ["preferences", "budget", "scores"]
}`;

/** What is wrong with a schema's text, as far as can be told without the engine; null: nothing. */
export function schemaTextProblem(text: string): string | null {
  try {
    const schema: unknown = JSON.parse(text);
    const isObject = typeof schema === "object" && schema !== null && !Array.isArray(schema);
    return isObject ? null : "A JSON Schema is an object.";
  } catch (error) {
    return `No JSON: ${error instanceof Error ? error.message : String(error)}`;
  }
}

/** Throws `invalid-request` where the schema is no JSON object. */
export function toResponseFormat({ type, schemaText }: StructuredOutput): ResponseFormat {
  if (type !== "json_schema") return { type };
  const problem = schemaTextProblem(schemaText);
  if (problem !== null) throw new InferscopeError("invalid-request", problem);
  return { type, schema: JSON.parse(schemaText) as Readonly<Record<string, unknown>> };
}
