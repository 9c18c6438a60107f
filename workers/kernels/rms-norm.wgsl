// out[row] = x[row] / sqrt(mean(x[row]^2) + eps) * weight
//
// rows:   of the whole step; GATHER reads x at the row named by samples[firstRow + row].row
// x, out: f32[numRows, STRIDE4 * 4], weight: f32[STRIDE4 * 4], all zero beyond WIDTH
override STRIDE4: u32;
override WIDTH: f32;
override EPS: f32;

@group(0) @binding(1) var<storage, read> x: array<vec4f>;
@group(0) @binding(2) var<storage, read> weight: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> out: array<vec4f>;
//?GATHER @group(0) @binding(4) var<storage, read> samples: array<Sample>;

//!WIDE @compute @workgroup_size(16)
//!WIDE fn main(@builtin(global_invocation_id) id: vec3u) {
  //!WIDE const lane = 0u;
  //!WIDE const LANES = 1u;
  //!WIDE let row = id.x;
  //!WIDE if (row >= pass_.numRows) { return; }
//?WIDE var<workgroup> partial: array<f32, 64>;
//?WIDE @compute @workgroup_size(64)
//?WIDE fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  //?WIDE const LANES = 64u;
  //?WIDE let row = group.x;
  //!GATHER let start = row * STRIDE4;
  //?GATHER let start = samples[pass_.firstRow + row].row * STRIDE4;
  var sum = 0.0;
  for (var i = lane; i < STRIDE4; i += LANES) { sum += dot(x[start + i], x[start + i]); }
  //?WIDE partial[lane] = sum;
  //?WIDE for (var half = 32u; half > 0u; half /= 2u) {
    //?WIDE workgroupBarrier();
    //?WIDE if (lane < half) { partial[lane] += partial[lane + half]; }
  //?WIDE }
  //?WIDE workgroupBarrier();
  //?WIDE sum = partial[0];
  let scale = 1.0 / sqrt(sum / WIDTH + EPS);
  for (var i = lane; i < STRIDE4; i += LANES) { out[row * STRIDE4 + i] = x[start + i] * scale * weight[i]; }
}
