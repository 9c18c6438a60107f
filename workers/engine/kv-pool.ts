/** The pool part of a policy: checked against the device, compared, taken out. */
import { type EnginePolicy, InferscopeError, policyProblem } from "../../protocol/index.ts";
import { type KvShape, type ModelRunner } from "./model-runner.ts";

export function poolOf({ numBlocks, blockSize }: KvShape): KvShape {
  return { numBlocks, blockSize };
}

export function isSamePool(a: KvShape, b: KvShape): boolean {
  return a.numBlocks === b.numBlocks && a.blockSize === b.blockSize;
}

/** Throws `invalid-request`, or `device-limit` with the numbers. */
export function checkPolicy(policy: EnginePolicy, runner: ModelRunner): void {
  const problem = policyProblem(policy);
  if (problem !== null) throw new InferscopeError("invalid-request", problem);
  const { numBlocks, blockSize } = policy;
  const maxNumBlocks = runner.maxNumBlocks(blockSize);
  if (numBlocks > maxNumBlocks) {
    throw new InferscopeError(
      "device-limit",
      `a KV pool of ${numBlocks} blocks of ${blockSize} tokens exceeds what the device can hold, ${maxNumBlocks} blocks`,
      { hint: `Ask for at most ${maxNumBlocks} blocks.`, details: { numBlocks, blockSize, maxNumBlocks } },
    );
  }
}
