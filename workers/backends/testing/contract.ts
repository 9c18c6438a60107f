/** The contract's checks as tests of one implementation. */
import { afterAll, beforeAll, describe, it } from "vitest";

import { contractChecks } from "../contract/checks.ts";
import { runCheck } from "../contract/run-contract.ts";
import type { Subject } from "../contract/support.ts";

/** skipped: names of checks that this backend must skip; any other skip fails, lest one goes unnoticed. */
export function contract(name: string, create: () => Subject, skipped: readonly string[] = []): void {
  describe(`the backend contract: ${name}`, () => {
    let subject: Subject;
    beforeAll(() => {
      subject = create();
    });
    afterAll(() => subject.backend.unload());

    it.each(contractChecks.map((check) => [check.name, check] as const))("%s", async (checkName, check) => {
      const { status, detail } = await runCheck(check, subject);
      const wanted = skipped.includes(checkName) ? "skip" : "pass";
      if (status !== wanted) throw new Error(`${status}, not ${wanted}: ${detail}`);
    });
  });
}
