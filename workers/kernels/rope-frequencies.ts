/** Llama 3's stretching of the low rotary frequencies to a longer context. */
export interface RopeScaling {
  readonly factor: number;
  readonly lowFreqFactor: number;
  readonly highFreqFactor: number;
  readonly originalMaxPositionEmbeddings: number;
}

/**
 * Rotary frequencies: f32[headDim / 2], theta^(-2i / headDim), with Llama 3's scaling where given:
 * wavelengths over original / lowFreqFactor are divided by `factor`, those under
 * original / highFreqFactor stay, and between them the two are blended linearly
 * (transformers `modeling_rope_utils._compute_llama3_parameters`).
 */
export function ropeFrequencies(headDim: number, theta: number, scaling: RopeScaling | null): Float32Array {
  return Float32Array.from({ length: headDim / 2 }, (_, i) => {
    const frequency = theta ** ((-2 * i) / headDim);
    if (scaling === null) return frequency;
    const { factor, lowFreqFactor, highFreqFactor, originalMaxPositionEmbeddings } = scaling;
    const turns = (originalMaxPositionEmbeddings * frequency) / (2 * Math.PI);
    if (turns < lowFreqFactor) return frequency / factor;
    if (turns > highFreqFactor) return frequency;
    const keep = (turns - lowFreqFactor) / (highFreqFactor - lowFreqFactor);
    return ((1 - keep) * frequency) / factor + keep * frequency;
  });
}
