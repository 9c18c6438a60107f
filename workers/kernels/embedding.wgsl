// x[row, k] = w[token of row, k]: eight k an invocation, out of the matrix as packed for matmul.
//
// rows: Row[...], of the whole step
// x:    f32[numRows, X_STRIDE4 * 4]
override N4: u32;
override K8: u32;
override X_STRIDE4: u32;
override FIRST_TOKEN: u32;  // of this part of a matrix that was split

@group(0) @binding(3) var<storage, read> rows: array<Row>;
@group(0) @binding(4) var<storage, read_write> x: array<vec4f>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let k8 = id.x;
  let row = id.y;
  let token = rows[pass_.firstRow + row].tokenId;
  if (k8 >= K8 || token < FIRST_TOKEN || token - FIRST_TOKEN >= N4 * 4u) { return; }
  let n = token - FIRST_TOKEN;
  let w = weightStep(k8, n / 4u, N4);
  let c = n % 4u;
  let at = row * X_STRIDE4 + 2u * k8;
  x[at] = vec4f(f32(w.lo[0][c]), f32(w.lo[1][c]), f32(w.lo[2][c]), f32(w.lo[3][c]));
  x[at + 1u] = vec4f(f32(w.hi[0][c]), f32(w.hi[1][c]), f32(w.hi[2][c]), f32(w.hi[3][c]));
}
