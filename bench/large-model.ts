/**
 * A folder of safetensors as large as real ones, with random weights from a seed, loaded by its
 * address in the built app on the software adapter: in time, in memory, and it answers.
 */
import { closeSync, mkdirSync, openSync, readdirSync, readFileSync, writeFileSync, writeSync } from "node:fs";
import path from "node:path";

import type { CDPSession, Page } from "playwright";

import type { LoadProgress, ModelConfig } from "../protocol/index.ts";
import { hfConfig, tensorShapes } from "../workers/testing/random-safetensors.ts";
import { byteLevelTokenizer } from "../workers/testing/tiny-tokenizers.ts";

/** As a Llama of 0.93 billion parameters: 1.85 GB in bf16, a tied embedding of 525 MB. */
const large: ModelConfig = {
  architecture: "llama",
  hiddenSize: 2048,
  intermediateSize: 5632,
  numLayers: 15,
  numHeads: 32,
  numKvHeads: 4,
  headDim: 64,
  vocabSize: 128_256,
  contextWindow: 2048,
  rmsNormEps: 1e-5,
  ropeTheta: 10_000,
  tieWordEmbeddings: true,
  ropeScaling: null,
};

const one = 0x3f80;

/** Writes config, tokenizer and one file of weights. Returns the bytes of that file. */
export function writeLargeModel(folder: string, seed = 1, config = large): number {
  mkdirSync(folder, { recursive: true });
  const write = (name: string, content: unknown) =>
    writeFileSync(path.join(folder, name), JSON.stringify(content));
  const { tokenizer, config: tokenizerConfig } = byteLevelTokenizer();
  write("config.json", hfConfig(config));
  write("generation_config.json", { eos_token_id: 0 });
  write("tokenizer.json", withNumbers(tokenizer, config.vocabSize));
  write("tokenizer_config.json", tokenizerConfig);
  return writeWeights(path.join(folder, "model.safetensors"), seed, config);
}

function writeWeights(file: string, seed: number, config: ModelConfig): number {
  const header: Record<string, unknown> = { __metadata__: { format: "pt" } };
  const tensors = [...tensorShapes(config, "model.")].map(([name, shape]) => {
    const numbers = shape.reduce((product, size) => product * size, 1);
    return { name, shape, numbers };
  });
  let offset = 0;
  for (const { name, shape, numbers } of tensors) {
    header[name] = { dtype: "BF16", shape, data_offsets: [offset, (offset += numbers * 2)] };
  }
  const text = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  const descriptor = openSync(file, "w");
  try {
    writeSync(descriptor, length);
    writeSync(descriptor, text);
    let state = seed | 1;
    const chunk = new Uint16Array(2 ** 21);
    for (const { name, shape, numbers } of tensors) {
      // Root mean square 1 / sqrt(k), so that products with unit-sized vectors are unit-sized.
      const exponent = Math.floor(Math.log2(1 / (1.53 * Math.sqrt(shape[1] ?? 1))));
      const base = (exponent + 127) << 7;
      for (let done = 0; done < numbers; done += chunk.length) {
        const count = Math.min(chunk.length, numbers - done);
        if (name.includes("norm")) chunk.fill(one, 0, count);
        else {
          for (let i = 0; i < count; i += 1) {
            state ^= state << 13;
            state ^= state >>> 17;
            state ^= state << 5;
            chunk[i] = base | (state & 0x807f);
          }
        }
        writeSync(descriptor, new Uint8Array(chunk.buffer, 0, count * 2));
      }
    }
  } finally {
    closeSync(descriptor);
  }
  return 8 + text.length + offset;
}

/** Every id has a text: what a vocabulary lacks is written as a number. */
function withNumbers(tokenizer: Record<string, unknown>, vocabSize: number): unknown {
  const model = tokenizer["model"] as { vocab: Record<string, number> };
  const vocab: Record<string, number> = { ...model.vocab };
  for (let id = Object.keys(vocab).length; id < vocabSize; id += 1) vocab[`Ġ${id}`] = id;
  return { ...tokenizer, model: { ...model, vocab } };
}

export interface LargeModelRun {
  readonly loadSeconds: number;
  readonly answerSeconds: number;
  readonly tokenIds: readonly number[];
  /** Longest time in which the page heard nothing of the load. */
  readonly longestSilenceSeconds: number;
  readonly secondsByStage: Readonly<Record<string, number>>;
  /** Most memory of all processes of the browser together; null where the system does not tell. */
  readonly peakBytes: number | null;
}

/** `keepsNothing`: the browser's storage has room for no file of weights. */
export async function runLargeModel(page: Page, url: string, keepsNothing: boolean): Promise<LargeModelRun> {
  if (keepsNothing) await limitStorage(page, 2 ** 22);
  const memory = watchMemory();
  try {
    const run = await page.evaluate(async (address) => {
      const start = performance.now();
      let last = start;
      let stage = "start";
      let longestSilence = 0;
      const byStage: Record<string, number> = {};
      const note = (next: string) => {
        const now = performance.now();
        longestSilence = Math.max(longestSilence, now - last);
        byStage[stage] = (byStage[stage] ?? 0) + (now - last) / 1000;
        [last, stage] = [now, next];
      };
      const onProgress = (progress: LoadProgress) => note(progress.stage);
      await window.inferscope.load({ url: address }, { runner: "gpu", onProgress });
      note("ready");
      const loaded = performance.now();
      const { result } = window.inferscope.generate({
        prompt: "Hello",
        sampling: { maxTokens: 3, temperature: 0, ignoreEos: true },
      });
      const { tokenIds } = await result;
      return {
        loadSeconds: (loaded - start) / 1000,
        answerSeconds: (performance.now() - loaded) / 1000,
        tokenIds,
        longestSilenceSeconds: longestSilence / 1000,
        secondsByStage: byStage,
      };
    }, url);
    return { ...run, peakBytes: memory.peakBytes() };
  } finally {
    memory.stop();
  }
}

async function limitStorage(page: Page, quotaSize: number): Promise<void> {
  const session: CDPSession = await page.context().newCDPSession(page);
  await session.send("Storage.overrideQuotaForOrigin", { origin: new URL(page.url()).origin, quotaSize });
}

/** The proportional memory of every process below this one: what is shared counts once. */
function watchMemory(): { peakBytes(): number | null; stop(): void } {
  let peak: number | null = null;
  const timer = setInterval(() => {
    const now = memoryOfChildren();
    if (now !== null) peak = Math.max(peak ?? 0, now);
  }, 500);
  return { peakBytes: () => peak, stop: () => clearInterval(timer) };
}

function memoryOfChildren(): number | null {
  const parents = new Map<number, number>();
  try {
    for (const entry of readdirSync("/proc")) {
      if (!/^\d+$/.test(entry)) continue;
      const stat = readSilently(`/proc/${entry}/stat`);
      const parent = /\) \S (\d+)/.exec(stat)?.[1];
      if (parent !== undefined) parents.set(Number(entry), Number(parent));
    }
  } catch {
    return null;
  }
  const isBelow = (pid: number): boolean => {
    const parent = parents.get(pid);
    return parent !== undefined && (parent === process.pid || isBelow(parent));
  };
  let kib = 0;
  for (const pid of parents.keys()) {
    if (!isBelow(pid)) continue;
    kib += Number(/^Pss:\s+(\d+)/m.exec(readSilently(`/proc/${pid}/smaps_rollup`))?.[1] ?? 0);
  }
  return kib * 1024;
}

/** Processes end while they are looked at. */
function readSilently(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}
