// weights: f32[ceil(K / 8) * 8, N4 * 4], the transposed matrix: a vec4 is four columns (outputs).
@group(0) @binding(1) var<storage, read> weights: array<vec4f>;

fn weightStep(k8: u32, n4: u32) -> Weights8 {
  let at = k8 * 8u * N4 + n4;
  return Weights8(
    mat4x4<real>(weights[at], weights[at + N4], weights[at + 2u * N4], weights[at + 3u * N4]),
    mat4x4<real>(weights[at + 4u * N4], weights[at + 5u * N4], weights[at + 6u * N4], weights[at + 7u * N4]),
  );
}
