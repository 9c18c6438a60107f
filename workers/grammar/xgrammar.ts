/** The grammar library, loaded with the first request that needs it, and what it complains about. */
import type * as XGrammar from "@mlc-ai/web-xgrammar";

/** Lines the library wrote since they were last taken. It tells its reasons there and nowhere else. */
let lines: string[] = [];
let loading: Promise<typeof XGrammar> | null = null;

export function loadXGrammar(): Promise<typeof XGrammar> {
  loading ??= load().catch((error: unknown) => {
    loading = null;
    throw error;
  });
  return loading;
}

async function load(): Promise<typeof XGrammar> {
  const module: Partial<typeof XGrammar> = await import("@mlc-ai/web-xgrammar");
  // The package calls itself an ES module and is a UMD script: unless a bundler minds it, it
  // leaves its exports on the global object.
  const global = globalThis as { xgrammar?: typeof XGrammar };
  const library = module.TokenizerInfo === undefined ? global.xgrammar : (module as typeof XGrammar);
  if (library === undefined) throw new Error("the grammar library has no exports");
  await initialize(library);
  return library;
}

/** Its module keeps the console's `error` of the moment in which it is initialized, for its lines. */
async function initialize(library: typeof XGrammar): Promise<void> {
  const { error } = console;
  console.error = (...parts: unknown[]) => {
    lines = [...lines.slice(-20), parts.map(String).join(" ")];
  };
  try {
    (await library.TokenizerInfo.createTokenizerInfo([])).dispose();
  } finally {
    console.error = error;
  }
}

/** The last complaint in words, without the place in the library's source; null where there was none. */
export function takeComplaint(): string | null {
  const complaint = lines.findLast((line) => /^\[(FATAL|WARNING)\]/.test(line));
  lines = [];
  if (complaint === undefined) return null;
  return complaint.replace(/^\[\w+\] \S+:\d+: /, "").replace(/^Check failed: \(.*?\) is false: /, "");
}
