// weights: f32[ceil(K / 8) * 8, N4 * 4], the transposed matrix: a vec4 is four columns (outputs).
@group(0) @binding(1) var<storage, read> weights: array<vec4f>;

fn weightStep(k8: u32, n4: u32, numQuads: u32) -> Weights8 {
  let at = k8 * 8u * numQuads + n4;
  return Weights8(
    mat4x4<real>(weights[at], weights[at + numQuads], weights[at + 2u * numQuads], weights[at + 3u * numQuads]),
    mat4x4<real>(weights[at + 4u * numQuads], weights[at + 5u * numQuads], weights[at + 6u * numQuads], weights[at + 7u * numQuads]),
  );
}
