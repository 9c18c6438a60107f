/** Numbers that are none: what a load and a draw refuse. */
import { InferscopeError } from "../../protocol/index.ts";
import type { FloatFormat } from "./safetensors-header.ts";

/** By bits: the exponent is all ones. */
const exponents: Readonly<Record<FloatFormat, number>> = { f32: 0x7f80_0000, f16: 0x7c00, bf16: 0x7f80 };

/** Throws `not-finite`, naming the tensor and the place. bytes: whole numbers, little-endian. */
export function assertFinite(name: string, format: FloatFormat, bytes: Uint8Array, firstIndex = 0): void {
  const index = firstNotFinite(format, bytes);
  if (index === null) return;
  throw new InferscopeError("not-finite", `Tensor ${name} has a number that is NaN or infinite.`, {
    hint: "The file is damaged, or its conversion overflowed. Convert the model again, or take another one.",
    details: { tensor: name, index: firstIndex + index },
  });
}

function firstNotFinite(format: FloatFormat, bytes: Uint8Array): number | null {
  const exponent = exponents[format];
  const numbers = numbersOf(format, bytes);
  for (let i = 0; i < numbers.length; i += 1) {
    if (((numbers[i] ?? 0) & exponent) === exponent) return i;
  }
  return null;
}

/** A view where the bytes are aligned, else a copy. */
function numbersOf(format: FloatFormat, bytes: Uint8Array): Uint32Array | Uint16Array {
  const width = format === "f32" ? 4 : 2;
  const { buffer, byteOffset, byteLength } = bytes.byteOffset % width === 0 ? bytes : bytes.slice();
  const length = Math.floor(byteLength / width);
  return width === 4
    ? new Uint32Array(buffer, byteOffset, length)
    : new Uint16Array(buffer, byteOffset, length);
}

export function logitsNotFinite(): InferscopeError {
  return new InferscopeError(
    "not-finite",
    "The model's logits are not all finite numbers, so no token can be drawn.",
    {
      hint: "The weights are damaged, or the model's activations overflowed. Nothing of this request was cached.",
    },
  );
}

export function nothingAllowed(): InferscopeError {
  return new InferscopeError("internal", "The response format allows no token at this place.", {
    hint: "Report the response format together with the model's name.",
  });
}
