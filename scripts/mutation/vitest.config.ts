/** The tests of one folder, in Node, their random runs shortened: each mutant repeats them. */
import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

import { folderOf } from "./folders.ts";

const { tests, slowTests } = folderOf(process.env["INFERSCOPE_MUTATION"]);

const slowness = ({ moduleId }: TestSpecification) =>
  slowTests.findIndex((path) => moduleId.endsWith(`/${path}`));

/** Quick tests first: the first that fails ends a mutant's run. */
class QuickFirst extends BaseSequencer {
  override sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return Promise.resolve([...files].sort((a, b) => slowness(a) - slowness(b)));
  }
}

export default defineConfig({
  test: {
    name: "mutation",
    environment: "node",
    include: [...tests],
    exclude: ["**/*.gpu.test.ts", "**/node_modules/**"],
    provide: { runLength: { kind: "mutation" } },
    // One thread for all files of a run; each run gets a new one, so that no mutant meets another's state.
    isolate: false,
    sequence: { sequencer: QuickFirst },
    testTimeout: 60_000,
    server: { deps: { inline: ["@mlc-ai/web-xgrammar"] } },
  },
});
