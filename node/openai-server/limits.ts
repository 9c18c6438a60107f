/** What the server takes at most, and how it says that something is more. */
import type { SerializedError } from "../../protocol/index.ts";

export interface ServiceLimits {
  /** Bytes of a body. */
  readonly mostBodyBytes: number;
  /** Objects and arrays within each other, in a body. */
  readonly mostDepth: number;
  /** Characters of a schema, written as JSON. */
  readonly mostSchemaChars: number;
  /** Answers being made at once, each choice counted: as many as the engine's batch holds. */
  readonly mostAnswers: number;
  /** Milliseconds that preparing a request may take. */
  readonly judgeMs: number;
  /** Requests that wait to be prepared. */
  readonly mostJudged: number;
  /** Connections at once. More than the system queues (511), so that none is closed before it was read. */
  readonly mostConnections: number;
  /** Milliseconds until a request's headers must be there. */
  readonly headersMs: number;
  /** Milliseconds until its body must be there. */
  readonly bodyMs: number;
  /** Milliseconds without a sign of the engine's thread after which it is replaced. */
  readonly silenceMs: number;
}

export const defaultLimits: ServiceLimits = {
  mostBodyBytes: 1_000_000,
  mostDepth: 64,
  mostSchemaChars: 65_536,
  mostAnswers: 32,
  judgeMs: 2000,
  mostJudged: 16,
  mostConnections: 1000,
  headersMs: 5000,
  bodyMs: 15_000,
  silenceMs: 15_000,
};

/** An answer that is none: status and error, and the wait to ask for. */
export class Refusal extends Error {
  readonly status: number;
  readonly error: SerializedError;
  readonly retryAfterSeconds: number | null;

  constructor(status: number, error: SerializedError, retryAfterSeconds: number | null = null) {
    super(error.message);
    this.status = status;
    this.error = error;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

export const bodyTooLarge = ({ mostBodyBytes }: ServiceLimits): Refusal =>
  new Refusal(413, {
    kind: "request-too-large",
    message: `The body has more than ${mostBodyBytes} bytes.`,
  });

/** Throws a `Refusal` for a body that nests too deep, which code that follows it by recursion would pay for. */
export function checkDepth(json: unknown, { mostDepth }: ServiceLimits): void {
  const isNested = (value: unknown) => typeof value === "object" && value !== null;
  let level = [json].filter(isNested);
  for (let depth = 1; level.length > 0; depth += 1) {
    if (depth > mostDepth) {
      throw new Refusal(400, {
        kind: "invalid-request",
        message: `The body nests deeper than ${mostDepth}.`,
      });
    }
    level = level.flatMap((value) => Object.values(value).filter(isNested));
  }
}

/** Throws a `Refusal` for a schema that is too long. Call it behind `checkDepth`. */
export function checkSchema(schema: unknown, { mostSchemaChars }: ServiceLimits): void {
  const { length } = JSON.stringify(schema);
  if (length <= mostSchemaChars) return;
  throw new Refusal(413, {
    kind: "request-too-large",
    message: `The schema has ${length} characters; at most ${mostSchemaChars} are taken.`,
  });
}
