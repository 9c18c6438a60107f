/** WGSL text to compute pipelines, with errors that show the line they are about. */
import { InferscopeError } from "../../protocol/index.ts";

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

/** Compiles shaders and keeps them by content: equal specs share one pipeline. */
export class ShaderCache {
  readonly #device: GPUDevice;
  readonly #shaders = new Map<string, Promise<CompiledShader>>();
  readonly #layouts = new Map<string, GPUBindGroupLayout>();

  constructor(device: GPUDevice) {
    this.#device = device;
  }

  /** Rejects with `kernel-compile`, its message naming line, column and source. */
  compile(spec: ShaderSpec): Promise<CompiledShader> {
    const key = JSON.stringify([spec.code, spec.constants, spec.bindings]);
    const known = this.#shaders.get(key);
    if (known !== undefined) return known;
    const compiled = this.#compile(spec);
    this.#shaders.set(key, compiled);
    return compiled;
  }

  async #compile(spec: ShaderSpec): Promise<CompiledShader> {
    const device = this.#device;
    const layout = this.#layout(spec.bindings);
    device.pushErrorScope("validation");
    const module = device.createShaderModule({ label: spec.label, code: spec.code });
    const scope = device.popErrorScope();
    const info = await module.getCompilationInfo();
    const error = info.messages.find((message) => message.type === "error");
    if (error !== undefined) {
      await scope;
      throw compileError(spec, error.lineNum, error.linePos, error.message);
    }
    const invalid = await scope;
    if (invalid !== null) throw compileError(spec, 0, 0, invalid.message);
    try {
      const pipeline = await device.createComputePipelineAsync({
        label: spec.label,
        layout: device.createPipelineLayout({ bindGroupLayouts: [layout] }),
        compute: { module, entryPoint: "main", constants: { ...spec.constants } },
      });
      return { label: spec.label, pipeline, layout };
    } catch (cause) {
      throw compileError(spec, 0, 0, cause instanceof Error ? cause.message : String(cause), cause);
    }
  }

  #layout(bindings: readonly BindingKind[]): GPUBindGroupLayout {
    const key = bindings.join();
    const known = this.#layouts.get(key);
    if (known !== undefined) return known;
    const layout = this.#device.createBindGroupLayout({
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
    });
    this.#layouts.set(key, layout);
    return layout;
  }
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
