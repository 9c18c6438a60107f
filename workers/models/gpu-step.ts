/**
 * One step's parameters as one upload. The words of a step, in order, each region on a
 * 256-byte boundary so that it can be bound by itself:
 *
 * | region  | content |
 * | ------- | ------- |
 * | passes  | 64 words a dispatch range: number of rows, first row; the first has the number of the step |
 * | rows    | 4 words a token: id, position, slot, start of its sequence's block table |
 * | samples | 8 words a sample, see sample-input.wgsl |
 * | tables  | the sequences' block tables one after the other |
 * | rope    | headDim words a token: cos and sin of each pair |
 * | masks   | ceil(vocabSize / 32) words a constrained sample; last, for an upload of their own |
 */
import type { SequenceInput } from "../engine/model-runner.ts";
import { mostTopTokens, sampleInputWords } from "../kernels/sample.ts";

export const regionNames = ["passes", "rows", "samples", "tables", "rope", "masks"] as const;
export type RegionName = (typeof regionNames)[number];

/** Words of each region. */
export type StepSizes = Readonly<Record<RegionName, number>>;

/** Rows [firstRow, firstRow + numRows) of the step, and the samples whose last row is among them. */
export interface StepRange {
  readonly numRows: number;
  readonly rowPass: number;
  readonly samples: readonly { readonly numSamples: number; readonly pass: number }[];
}

export interface StepPlan {
  readonly ranges: readonly StepRange[];
  readonly sizes: StepSizes;
  readonly numSamples: number;
  /** Writes all regions but the masks into `words`, each at its offset. */
  write(words: Uint32Array, offsets: StepSizes): void;
  writeMasks(words: Uint32Array, offset: number): void;
}

export interface StepLimits {
  readonly rowsPerRange: number;
  readonly samplesPerRange: number;
  readonly blockSize: number;
  readonly vocabSize: number;
  readonly headDim: number;
}

/** cos and sin of every pair at a position, f32[headDim]. */
export type RopeTable = (position: number) => Float32Array;

const passWords = 64;
const allTokens = 0xffff_ffff;

export function planStep(batch: readonly SequenceInput[], limits: StepLimits, rope: RopeTable): StepPlan {
  const numRows = batch.reduce((sum, { tokenIds }) => sum + tokenIds.length, 0);
  const maskWords = Math.ceil(limits.vocabSize / 32);
  const lastRows = sampledRows(batch);
  const ranges: StepRange[] = [];
  const passes: { numRows: number; firstRow: number }[] = [];
  let firstSample = 0;
  for (let firstRow = 0; firstRow < numRows; firstRow += limits.rowsPerRange) {
    const rowsHere = Math.min(limits.rowsPerRange, numRows - firstRow);
    const rowPass = passes.push({ numRows: rowsHere, firstRow }) - 1;
    const samplesEnd = lastRows.filter((row) => row < firstRow + rowsHere).length;
    const samples: { numSamples: number; pass: number }[] = [];
    while (firstSample < samplesEnd) {
      const numSamples = Math.min(limits.samplesPerRange, samplesEnd - firstSample);
      samples.push({ numSamples, pass: passes.push({ numRows: numSamples, firstRow: firstSample }) - 1 });
      firstSample += numSamples;
    }
    ranges.push({ numRows: rowsHere, rowPass, samples });
  }
  const masks = batch.flatMap(({ sampler }) => sampler?.allowedTokens ?? []);
  return {
    ranges,
    numSamples: lastRows.length,
    sizes: {
      passes: passes.length * passWords,
      rows: numRows * 4,
      samples: lastRows.length * sampleInputWords,
      tables: batch.reduce((sum, { blockTable }) => sum + blockTable.length, 0),
      masks: masks.length * maskWords,
      rope: numRows * limits.headDim,
    },
    write(words, offsets) {
      for (const [index, pass] of passes.entries()) {
        words[offsets.passes + index * passWords] = pass.numRows;
        words[offsets.passes + index * passWords + 1] = pass.firstRow;
      }
      writeSequences(batch, limits, rope, words, offsets);
    },
    writeMasks(words, offset) {
      for (const [index, mask] of masks.entries()) words.set(mask, offset + index * maskWords);
    },
  };
}

function sampledRows(batch: readonly SequenceInput[]): number[] {
  const rows: number[] = [];
  let row = 0;
  for (const { tokenIds, sampler } of batch) {
    row += tokenIds.length;
    if (sampler !== null) rows.push(row - 1);
  }
  return rows;
}

function writeSequences(
  batch: readonly SequenceInput[],
  limits: StepLimits,
  rope: RopeTable,
  words: Uint32Array,
  offsets: StepSizes,
): void {
  const floats = new Float32Array(words.buffer, words.byteOffset, words.length);
  const { blockSize, headDim } = limits;
  let row = 0;
  let sample = offsets.samples;
  let table = 0;
  let mask = 0;
  for (const { tokenIds, startPosition, blockTable, sampler } of batch) {
    for (const [index, tokenId] of tokenIds.entries()) {
      const position = startPosition + index;
      const block = blockTable[Math.floor(position / blockSize)] ?? 0;
      words.set(
        [tokenId, position, block * blockSize + (position % blockSize), table],
        offsets.rows + row * 4,
      );
      floats.set(rope(position), offsets.rope + row * headDim);
      row += 1;
    }
    words.set(blockTable, offsets.tables + table);
    table += blockTable.length;
    if (sampler === null) continue;
    words.set(
      [
        (row - 1) % limits.rowsPerRange,
        0,
        // A u32 there; all tokens are kept from the vocabulary's size on.
        Math.min(sampler.topK, limits.vocabSize),
        0,
        sampler.seed,
        sampler.outputIndex,
        Math.min(sampler.logprobs, mostTopTokens, limits.vocabSize),
        sampler.allowedTokens === null ? allTokens : mask,
      ],
      sample,
    );
    floats[sample + 1] = sampler.temperature;
    floats[sample + 3] = sampler.topP;
    sample += sampleInputWords;
    if (sampler.allowedTokens !== null) mask += Math.ceil(limits.vocabSize / 32);
  }
}

/**
 * Capacities for a step: each region rounded up so that few different ones arise, at least
 * one 256-byte unit.
 */
export function capacityFor(sizes: StepSizes): StepSizes {
  const round = (words: number) => (words <= 64 ? 64 : 4 ** Math.ceil(Math.log2(words) / 2));
  return {
    passes: round(sizes.passes),
    rows: round(sizes.rows),
    samples: round(sizes.samples),
    tables: round(sizes.tables),
    rope: Math.ceil(round(sizes.rope) / 64) * 64,
    masks: round(sizes.masks),
  };
}

/** Offset of each region, in words, and the total. */
export function layOut(capacity: StepSizes): { offsets: StepSizes; total: number } {
  const offsets = { passes: 0, rows: 0, samples: 0, tables: 0, rope: 0, masks: 0 };
  let total = 0;
  for (const name of regionNames) {
    offsets[name] = total;
    total += capacity[name];
  }
  return { offsets, total };
}

/** A cache of cos and sin by position. frequencies: f32[headDim / 2] */
export function createRopeTable(frequencies: Float32Array): RopeTable {
  const known = new Map<number, Float32Array>();
  return (position) => {
    const cached = known.get(position);
    if (cached !== undefined) return cached;
    const turns = new Float32Array(frequencies.length * 2);
    for (const [i, frequency] of frequencies.entries()) {
      turns[2 * i] = Math.cos(position * frequency);
      turns[2 * i + 1] = Math.sin(position * frequency);
    }
    known.set(position, turns);
    return turns;
  };
}
