/** What several engine tests compare with. */
import { InferscopeError } from "../../../protocol/index.ts";
import { Harness, type RequestSpec } from "./harness.ts";

/** A prompt of tokens 1 to 90, over and over. */
export const range = (length: number, from = 1): number[] =>
  Array.from({ length }, (_, index) => from + (index % 90));

/** What a request answers alone, with the cache off and its prompt in one piece. */
export async function alone(spec: RequestSpec): Promise<readonly number[]> {
  const harness = await Harness.create({ prefixCache: false, chunkedPrefill: false, numBlocks: 256 });
  harness.submit("alone", spec);
  await harness.engine.whenIdle();
  return harness.tokens("alone");
}

export function kindOf(action: () => void): string {
  try {
    action();
  } catch (error) {
    if (error instanceof InferscopeError) return error.kind;
  }
  return "nothing thrown";
}
