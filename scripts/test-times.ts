/** What took how long, from the reports of the runners. */

export interface FileTime {
  readonly file: string;
  readonly seconds: number;
}

interface VitestReport {
  readonly testResults: readonly {
    readonly name: string;
    readonly startTime: number;
    readonly endTime: number;
  }[];
}

/** Of each test file, without its imports. root: what paths are shown from. */
export const vitestTimes = (report: unknown, root: string): readonly FileTime[] =>
  (report as VitestReport).testResults.map(({ name, startTime, endTime }) => ({
    file: name.startsWith(root) ? name.slice(root.length).replace(/^[\\/]/, "") : name,
    seconds: (endTime - startTime) / 1000,
  }));

interface PlaywrightSuite {
  readonly file: string;
  readonly suites?: readonly PlaywrightSuite[];
  readonly specs?: readonly {
    readonly tests: readonly { readonly results: readonly { readonly duration: number }[] }[];
  }[];
}

/** Of each spec file, its tests summed with what they wait for. */
export const playwrightTimes = (report: unknown): readonly FileTime[] =>
  (report as { suites: readonly PlaywrightSuite[] }).suites.map((suite) => ({
    file: suite.file,
    seconds: durationMs(suite) / 1000,
  }));

const durationMs = ({ specs = [], suites = [] }: PlaywrightSuite): number =>
  specs
    .flatMap(({ tests }) => tests.flatMap(({ results }) => results.map(({ duration }) => duration)))
    .concat(suites.map(durationMs))
    .reduce((sum, duration) => sum + duration, 0);

/** "a.test.ts 12.3, b.test.ts 4.0", slowest first. */
export const slowest = (times: readonly FileTime[], most = 8): string =>
  times
    .toSorted((a, b) => b.seconds - a.seconds)
    .slice(0, most)
    .map(({ file, seconds }) => `${file} ${seconds.toFixed(1)}`)
    .join(", ");
