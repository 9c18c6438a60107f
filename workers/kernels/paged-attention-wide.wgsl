// The same attention as paged-attention.wgsl for devices with many cores: a workgroup takes one
// head of one row. Tiles of 64 keys: each invocation scores one key, then sums some dimensions
// of the values over the tile, so that neighbours read neighbouring values. Bindings as there.
override NUM_HEADS: u32;
override NUM_KV_HEADS: u32;
override HEAD_DIM: u32;
override OUT_STRIDE: u32;
override BLOCK_SIZE: u32;

@group(0) @binding(1) var<storage, read> rows: array<Row>;
@group(0) @binding(2) var<storage, read> blockTables: array<u32>;
@group(0) @binding(3) var<storage, read> q: array<vec4f>;
@group(0) @binding(4) var<storage, read> keys: array<vec4f>;
@group(0) @binding(5) var<storage, read> values: array<vec4f>;
@group(0) @binding(6) var<storage, read_write> out: array<f32>;

var<workgroup> query: array<vec4f, 64>;  // head sizes up to 256
var<workgroup> weight: array<f32, 64>;
var<workgroup> slots: array<u32, 64>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let head = group.x;
  let row = group.y;
  let kvHead = head / (NUM_HEADS / NUM_KV_HEADS);
  let param = rows[pass_.firstRow + row];
  if (lane < HEAD_STRIDE4) {
    query[lane] = q[(row * NUM_HEADS + head) * HEAD_STRIDE4 + lane] * (1.0 / sqrt(f32(HEAD_DIM)));
  }
  workgroupBarrier();

  let numKeys = param.position + 1u;
  var acc = vec4f();  // dimensions lane * 4 .. + 3
  var largest = -3.0e38;
  var total = 0.0;
  for (var first = 0u; first < numKeys; first += 64u) {
    let count = min(64u, numKeys - first);
    var score = -3.0e38;
    if (lane < count) {
      let position = first + lane;
      let slot = blockTables[param.tableStart + position / BLOCK_SIZE] * BLOCK_SIZE + position % BLOCK_SIZE;
      let at = (slot * NUM_KV_HEADS + kvHead) * HEAD_STRIDE4;
      slots[lane] = at;
      score = 0.0;
      for (var i = 0u; i < HEAD_STRIDE4; i++) { score += dot(query[i], keys[at + i]); }
    }
    weight[lane] = score;
    workgroupBarrier();
    var tileLargest = largest;
    for (var i = 0u; i < count; i++) { tileLargest = max(tileLargest, weight[i]); }
    workgroupBarrier();
    weight[lane] = exp(score - tileLargest);
    workgroupBarrier();
    let shrink = exp(largest - tileLargest);
    total *= shrink;
    acc *= shrink;
    largest = tileLargest;
    for (var i = 0u; i < count; i++) {
      total += weight[i];
      if (lane < HEAD_STRIDE4) { acc += weight[i] * values[slots[i] + lane]; }
    }
    workgroupBarrier();
  }
  let to = row * OUT_STRIDE + head * HEAD_DIM;
  for (var i = 0u; i < 4u; i++) {
    if (lane * 4u + i < HEAD_DIM) { out[to + lane * 4u + i] = acc[i] / total; }
  }
}
