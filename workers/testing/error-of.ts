import { InferscopeError } from "../../protocol/index.ts";

/** The typed error that a promise rejects with; anything else fails the test. */
export async function errorOf(promise: Promise<unknown>): Promise<InferscopeError> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof InferscopeError) return error;
    throw error;
  }
  throw new Error("it loaded");
}
