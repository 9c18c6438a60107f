// weights: [ceil(K / 8) * 4, N4] of vec4<u32>: two rows (k, k + 1) of four f16 columns each.
@group(0) @binding(1) var<storage, read> weights: array<vec4u>;

fn quad(a: u32, b: u32) -> vec4<real> {
  return vec4<real>(vec4f(unpack2x16float(a), unpack2x16float(b)));
}

fn weightStep(k8: u32, n4: u32, numQuads: u32) -> Weights8 {
  let at = k8 * 4u * numQuads + n4;
  let a = weights[at];
  let b = weights[at + numQuads];
  let c = weights[at + 2u * numQuads];
  let d = weights[at + 3u * numQuads];
  return Weights8(
    mat4x4<real>(quad(a.x, a.y), quad(a.z, a.w), quad(b.x, b.y), quad(b.z, b.w)),
    mat4x4<real>(quad(c.x, c.y), quad(c.z, c.w), quad(d.x, d.y), quad(d.z, d.w)),
  );
}
