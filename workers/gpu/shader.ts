/** WGSL text to compute pipelines, with errors that show the line they are about. */
import { InferscopeError } from "../../protocol/index.ts";
import { asGpuError, watch, watched } from "./watched.ts";

/**
 * Fills a WGSL template.
 *
 * - A line with `{r}` is repeated with r = 0 .. rows - 1: register blocking without private
 *   arrays, which drivers put into memory.
 * - A line that begins with `//?NAME ` is kept, without the mark, where `flags` has NAME, and
 *   `//!NAME ` where it has not.
 */
export function fillTemplate(source: string, rows: number, flags: readonly string[] = []): string {
  return source
    .split("\n")
    .flatMap((line) => {
      const condition = /^(\s*)\/\/([?!])(\w+) (.*)$/.exec(line);
      if (condition === null) return [line];
      const [, indent = "", mark, name = "", rest = ""] = condition;
      return flags.includes(name) === (mark === "?") ? [indent + rest] : [];
    })
    .flatMap((line) =>
      line.includes("{r}")
        ? Array.from({ length: rows }, (_, r) => line.replaceAll("{r}", String(r)))
        : [line],
    )
    .join("\n");
}

/** How a shader uses a binding. `pass` is a small uniform at a dynamic offset; `none` leaves the number out. */
export type BindingKind = "pass" | "read" | "read-write" | "none";

export interface ShaderSpec {
  readonly label: string;
  readonly code: string;
  readonly constants: Readonly<Record<string, number>>;
  /** Of group 0, in order. */
  readonly bindings: readonly BindingKind[];
}

export interface CompiledShader {
  readonly label: string;
  readonly pipeline: GPUComputePipeline;
  readonly layout: GPUBindGroupLayout;
}

/** Compiles shaders and keeps them by content: equal specs share one pipeline. What failed is not kept. */
export class ShaderCache {
  readonly #device: GPUDevice;
  readonly #shaders = new Map<string, Promise<CompiledShader>>();
  readonly #layouts = new Map<string, Promise<GPUBindGroupLayout>>();

  constructor(device: GPUDevice) {
    this.#device = device;
  }

  /** Rejects with `kernel-compile`, its message naming line, column and source, or with `gpu-failure`. */
  compile(spec: ShaderSpec): Promise<CompiledShader> {
    const key = JSON.stringify([spec.code, spec.constants, spec.bindings]);
    return keepUnlessItFails(this.#shaders, key, () => this.#compile(spec));
  }

  async #compile(spec: ShaderSpec): Promise<CompiledShader> {
    const device = this.#device;
    const what = `compiling kernel ${spec.label}`;
    const layout = await this.#layout(spec.bindings);
    const { result, checked } = watch(device, what, () => ({
      module: device.createShaderModule({ label: spec.label, code: spec.code }),
      pipelineLayout: device.createPipelineLayout({ bindGroupLayouts: [layout] }),
    }));
    const { module, pipelineLayout } = result;
    const { messages } = await module.getCompilationInfo().catch((cause: unknown) => {
      throw asGpuError(cause, what);
    });
    const error = messages.find((message) => message.type === "error");
    if (error !== undefined) throw compileError(spec, error.lineNum, error.linePos, error.message);
    await checked;
    try {
      const pipeline = await device.createComputePipelineAsync({
        label: spec.label,
        layout: pipelineLayout,
        compute: { module, entryPoint: "main", constants: { ...spec.constants } },
      });
      return { label: spec.label, pipeline, layout };
    } catch (cause) {
      throw compileError(spec, 0, 0, cause instanceof Error ? cause.message : String(cause), cause);
    }
  }

  #layout(bindings: readonly BindingKind[]): Promise<GPUBindGroupLayout> {
    const key = bindings.join();
    return keepUnlessItFails(this.#layouts, key, () =>
      watched(this.#device, "describing a kernel's bindings", () =>
        this.#device.createBindGroupLayout({
          label: key,
          entries: bindings.flatMap((kind, binding): GPUBindGroupLayoutEntry[] =>
            kind === "none"
              ? []
              : [
                  {
                    binding,
                    visibility: GPUShaderStage.COMPUTE,
                    buffer:
                      kind === "pass"
                        ? { type: "uniform", hasDynamicOffset: true, minBindingSize: 16 }
                        : { type: kind === "read" ? "read-only-storage" : "storage" },
                  },
                ],
          ),
        }),
      ),
    );
  }
}

/** What one caller made serves all; a failure is forgotten, so that the next caller tries again. */
function keepUnlessItFails<Made>(
  kept: Map<string, Promise<Made>>,
  key: string,
  make: () => Promise<Made>,
): Promise<Made> {
  const known = kept.get(key);
  if (known !== undefined) return known;
  const made = make();
  kept.set(key, made);
  made.catch(() => kept.delete(key));
  return made;
}

function compileError(
  spec: ShaderSpec,
  line: number,
  column: number,
  message: string,
  cause?: unknown,
): InferscopeError {
  const source = spec.code.split("\n")[line - 1] ?? "";
  const place = line === 0 ? "" : ` at ${line}:${column}\n${source}\n${" ".repeat(Math.max(0, column - 1))}^`;
  return new InferscopeError("kernel-compile", `Kernel ${spec.label}: ${message}${place}`, {
    details: { kernel: spec.label, line, column, source },
    ...(cause === undefined ? {} : { cause }),
  });
}
