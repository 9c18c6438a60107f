// out[row, i] = silu(gateUp[row, i]) * gateUp[row, WIDTH + i]
//
// gateUp: f32[numRows, IN_STRIDE], out: f32[numRows, OUT_STRIDE]
override WIDTH: u32;
override IN_STRIDE: u32;
override OUT_STRIDE: u32;

@group(0) @binding(1) var<storage, read> gateUp: array<f32>;
@group(0) @binding(2) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let i = id.x;
  let row = id.y;
  if (i >= WIDTH) { return; }
  let gate = gateUp[row * IN_STRIDE + i];
  out[row * OUT_STRIDE + i] = gate / (1.0 + exp(-gate)) * gateUp[row * IN_STRIDE + WIDTH + i];
}
