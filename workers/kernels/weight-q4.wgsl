// weights: [ceil(K / 32) * 4, N4] of vec4<u32>: of each of four columns a word with eight
// consecutive k, lowest nibble first; w = (nibble - 7) * scale.
// scales: [ceil(K / 32), N4] of four scales, one per column and group of 32 k.
@group(0) @binding(1) var<storage, read> weights: array<vec4u>;
//?SCALE_F32 @group(0) @binding(2) var<storage, read> scales: array<vec4f>;
//!SCALE_F32 @group(0) @binding(2) var<storage, read> scales: array<vec2u>;

fn scaleQuad(at: u32) -> vec4<real> {
  let s = scales[at];
  //?SCALE_F32 return vec4<real>(s);
  //?SCALE_F16 return vec4<real>(vec4f(unpack2x16float(s.x), unpack2x16float(s.y)));
  //?SCALE_BF16 return vec4<real>(bitcast<vec4f>(vec4u(s.x << 16u, s.x & 0xffff0000u, s.y << 16u, s.y & 0xffff0000u)));
}

fn nibbles(words: vec4u, shift: u32) -> vec4<real> {
  return vec4<real>(vec4i((words >> vec4u(shift)) & vec4u(15u)) - vec4i(7));
}

fn weightStep(k8: u32, n4: u32, numQuads: u32) -> Weights8 {
  let w = weights[k8 * numQuads + n4];
  let s = scaleQuad((k8 >> 2u) * numQuads + n4);
  return Weights8(
    mat4x4<real>(nibbles(w, 0u) * s, nibbles(w, 4u) * s, nibbles(w, 8u) * s, nibbles(w, 12u) * s),
    mat4x4<real>(nibbles(w, 16u) * s, nibbles(w, 20u) * s, nibbles(w, 24u) * s, nibbles(w, 28u) * s),
  );
}
