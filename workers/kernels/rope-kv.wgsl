// Rotates queries and keys by position and writes keys and values into the paged cache.
//
// qkv:    f32[numRows, QKV_STRIDE]: NUM_HEADS queries, then NUM_KV_HEADS keys, then as many values
// rope:   vec2f[rows of the step, HEAD_DIM / 2]: cos and sin of position * inverse frequency
// q:      f32[numRows, NUM_HEADS, HEAD_STRIDE], keys, values: f32[slots, NUM_KV_HEADS, HEAD_STRIDE]
// norms:  f32[2, HEAD_DIM]: weights of the query's and the key's norm (QK_NORM)
//
// An invocation takes one pair (i, i + HEAD_DIM / 2) of one head; HEAD_STRIDE is HEAD_DIM
// rounded up to 4, the rest zero.
override NUM_HEADS: u32;
override NUM_KV_HEADS: u32;
override HEAD_DIM: u32;
override HEAD_STRIDE: u32;
override QKV_STRIDE: u32;
//?QK_NORM override EPS: f32;

@group(0) @binding(1) var<storage, read> rows: array<Row>;
@group(0) @binding(2) var<storage, read> rope: array<vec2f>;
@group(0) @binding(3) var<storage, read> qkv: array<f32>;
@group(0) @binding(4) var<storage, read_write> q: array<f32>;
@group(0) @binding(5) var<storage, read_write> keys: array<f32>;
@group(0) @binding(6) var<storage, read_write> values: array<f32>;
//?QK_NORM @group(0) @binding(7) var<storage, read> norms: array<f32>;

@compute @workgroup_size(32)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let pairs = HEAD_DIM / 2u;
  let head = id.x / pairs;
  let i = id.x % pairs;
  let row = id.y;
  if (head >= NUM_HEADS + 2u * NUM_KV_HEADS) { return; }
  let param = rows[pass_.firstRow + row];
  let start = row * QKV_STRIDE + head * HEAD_DIM;
  var a = qkv[start + i];
  var b = qkv[start + i + pairs];

  if (head >= NUM_HEADS + NUM_KV_HEADS) {
    let to = (param.slot * NUM_KV_HEADS + head - NUM_HEADS - NUM_KV_HEADS) * HEAD_STRIDE;
    values[to + i] = a;
    values[to + i + pairs] = b;
    return;
  }
  //?QK_NORM var sum = 0.0;
  //?QK_NORM for (var d = 0u; d < HEAD_DIM; d++) { sum += qkv[start + d] * qkv[start + d]; }
  //?QK_NORM let scale = 1.0 / sqrt(sum / f32(HEAD_DIM) + EPS);
  //?QK_NORM let norm = select(0u, HEAD_DIM, head >= NUM_HEADS);
  //?QK_NORM a *= scale * norms[norm + i];
  //?QK_NORM b *= scale * norms[norm + i + pairs];
  let turn = rope[(pass_.firstRow + row) * pairs + i];
  let low = a * turn.x - b * turn.y;
  let high = b * turn.x + a * turn.y;
  if (head < NUM_HEADS) {
    let to = (row * NUM_HEADS + head) * HEAD_STRIDE;
    q[to + i] = low;
    q[to + i + pairs] = high;
  } else {
    let to = (param.slot * NUM_KV_HEADS + head - NUM_HEADS) * HEAD_STRIDE;
    keys[to + i] = low;
    keys[to + i + pairs] = high;
  }
}
