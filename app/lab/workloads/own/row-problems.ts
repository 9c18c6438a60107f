import { InferscopeError } from "../../../../protocol/index.ts";
import { ownLimits } from "./definition.ts";

/** The file as a whole cannot be read. */
export const fileProblem = (why: string): InferscopeError =>
  new InferscopeError("invalid-request", `These rows cannot be read: ${why}`, {
    hint: "Use CSV with a head line, a JSON list of objects, or one JSON object a line.",
  });

export const tooLong = (value: string): boolean => value.length > ownLimits.cellCharacters;

/** So many broken lines are no file of rows. */
export const mostProblems = 200;

export const tooManyProblems = "So many lines are broken that no more were read.";

export const tooManyRows = (): InferscopeError => fileProblem(`It has more than ${ownLimits.rows} rows.`);
