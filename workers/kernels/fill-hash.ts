/** Random weights made on the GPU, in the layouts of packed-weight.ts. */
import { GpuMemory } from "../gpu/memory.ts";
import { type CompiledShader, fillTemplate, type ShaderCache, type ShaderSpec } from "../gpu/shader.ts";
import fillCode from "./fill-hash.wgsl?raw";
import { type HashedMatrix, hashedNumbers, wordSeed } from "./hashed-weight.ts";

/** Rows of q4 words, rows of 16-bit scales, or pairs of rows of 16-bit weights. */
type Layout = "WORDS" | "SCALES" | "PAIRS";
const layouts: readonly Layout[] = ["WORDS", "SCALES", "PAIRS"];

/** Most workgroups in a dimension that every device has. */
const mostGroups = 65_535;

export class HashFiller {
  readonly #device: GPUDevice;
  readonly #shaders: ReadonlyMap<Layout, CompiledShader>;
  readonly #memory: GpuMemory;

  static async create(device: GPUDevice, shaders: ShaderCache): Promise<HashFiller> {
    const compiled = await Promise.all(
      layouts.map(async (layout) => [layout, await shaders.compile(fillShader(layout))] as const),
    );
    return new HashFiller(device, new Map(compiled));
  }

  private constructor(device: GPUDevice, shaders: ReadonlyMap<Layout, CompiledShader>) {
    this.#device = device;
    this.#shaders = shaders;
    this.#memory = new GpuMemory(device);
  }

  /** Fills the buffers of columns [firstColumn, firstColumn + numQuads * 4): weights, and for q4 scales. */
  fill(matrix: HashedMatrix, firstColumn: number, numQuads: number, buffers: readonly GPUBuffer[]): void {
    const [n, k] = matrix.shape;
    const { seed, width, base, mantissa, sign } = hashedNumbers(matrix);
    const numbers = (rowWords: number, numRows: number) =>
      Uint32Array.of(seed, firstColumn, n, width, rowWords, numRows, base, mantissa, sign, k);
    const [weights, scales] = buffers;
    if (weights === undefined) throw new Error("a matrix without a buffer");
    if (scales === undefined) {
      this.#run("PAIRS", numbers(numQuads * 4, Math.ceil(k / 8) * 4), weights);
      return;
    }
    const numWords = width * 4;
    this.#run(
      "WORDS",
      Uint32Array.of(wordSeed(matrix), firstColumn, n, numWords, numQuads * 4, numWords, 0, 0, 0, k),
      weights,
    );
    this.#run("SCALES", numbers(numQuads * 2, width), scales);
  }

  destroy(): void {
    this.#memory.destroy();
  }

  /** fill: `Fill` of fill-hash.wgsl */
  #run(layout: Layout, fill: Uint32Array<ArrayBuffer>, out: GPUBuffer): void {
    const shader = this.#shaders.get(layout);
    const [width = 0, numRows = 0] = fill.subarray(4, 6);
    if (shader === undefined) throw new Error(`no fill kernel for ${layout}`);
    const group = this.#device.createBindGroup({
      layout: shader.layout,
      entries: [this.#memory.upload("fill", fill), out].map((buffer, binding) => ({
        binding,
        resource: { buffer },
      })),
    });
    const commands = this.#device.createCommandEncoder();
    const pass = commands.beginComputePass();
    pass.setPipeline(shader.pipeline);
    pass.setBindGroup(0, group);
    pass.dispatchWorkgroups(Math.ceil(width / 64), Math.min(numRows, mostGroups));
    pass.end();
    this.#device.queue.submit([commands.finish()]);
  }
}

const fillShader = (layout: Layout): ShaderSpec => ({
  label: `fill-hash ${layout.toLowerCase()}`,
  code: fillTemplate(fillCode, 1, [layout]),
  constants: {},
  bindings: ["read", "read-write"],
});
