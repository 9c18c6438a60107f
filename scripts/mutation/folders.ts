/** What `npm run test:mutation` mutates, folder by folder, and which tests may kill the mutants. */
export interface MutatedFolder {
  readonly name: string;
  readonly what: string;
  /** Globs of source files; a leading "!" takes out. */
  readonly mutate: readonly string[];
  /** Globs of the tests that run against each mutant. */
  readonly tests: readonly string[];
  /** Of these the slow ones: they run last, against what the others let through. */
  readonly slowTests: readonly string[];
}

/** Least score of each folder, in percent. */
export const minScore = 85;

export const folders: readonly MutatedFolder[] = [
  {
    name: "engine",
    what: "workers/engine",
    mutate: ["workers/engine/*.ts", "!workers/engine/*.test.ts"],
    tests: ["workers/engine/*.test.ts"],
    slowTests: [
      "workers/engine/radix-cache.test.ts",
      "workers/engine/constraint.test.ts",
      "workers/engine/simulation.test.ts",
    ],
  },
  {
    name: "statistics",
    what: "app/lab/statistics",
    mutate: ["app/lab/statistics/*.ts", "!app/lab/statistics/*.test.ts"],
    // Simulations of coverage tell methods apart, not faults: a mutant is caught by exact figures or not at all.
    tests: ["app/lab/statistics/!(coverage|noise).test.ts"],
    slowTests: [],
  },
  {
    name: "node",
    what: "node",
    mutate: ["node/**/*.ts", "!node/**/*.test.ts", "!node/**/testing/**"],
    // The two others try the server engine's client, and the command in a process of its own.
    tests: ["node/**/!(serve|server|silent-server).test.ts", "node/server.test.ts"],
    slowTests: ["node/openai-server/served-engine.test.ts"],
  },
];

export function folderOf(name: string | undefined): MutatedFolder {
  const folder = folders.find((each) => each.name === name);
  if (folder === undefined) {
    throw new Error(`no folder "${name ?? ""}"; known: ${folders.map((each) => each.name).join(", ")}`);
  }
  return folder;
}
