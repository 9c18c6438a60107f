// Causal attention of each row over its sequence's keys 0 .. position, through the block table.
//
// rows:         Row[rows of the step]
// blockTables:  u32[...]: a sequence's physical blocks, from the row's tableStart on
// q:            f32[numRows, NUM_HEADS, HEAD_STRIDE4 * 4]
// keys, values: f32[slots, NUM_KV_HEADS, HEAD_STRIDE4 * 4]
// out:          f32[numRows, OUT_STRIDE], NUM_HEADS * HEAD_DIM of them used
//
// An invocation takes one head of one row and goes over the positions in order with a running
// maximum (online softmax); no barrier. Lines with a row index in braces are repeated for each
// vec4 of the head.
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

fn store(at: u32, first: u32, value: vec4f) {
  for (var i = 0u; i < min(4u, HEAD_DIM - first); i++) { out[at + first + i] = value[i]; }
}

@compute @workgroup_size(16)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let head = id.x % NUM_HEADS;
  let row = id.x / NUM_HEADS;
  if (row >= pass_.numRows) { return; }
  let kvHead = head / (NUM_HEADS / NUM_KV_HEADS);
  let param = rows[pass_.firstRow + row];
  let queryStart = (row * NUM_HEADS + head) * HEAD_STRIDE4;
  let scale = 1.0 / sqrt(f32(HEAD_DIM));
  let q{r} = q[queryStart + {r}u] * scale;
  var acc{r} = vec4f();
  var largest = -3.0e38;
  var total = 0.0;
  let numKeys = param.position + 1u;
  for (var first = 0u; first < numKeys; first += BLOCK_SIZE) {
    let block = blockTables[param.tableStart + first / BLOCK_SIZE];
    let count = min(BLOCK_SIZE, numKeys - first);
    var at = (block * BLOCK_SIZE * NUM_KV_HEADS + kvHead) * HEAD_STRIDE4;
    for (var i = 0u; i < count; i++) {
      var score = 0.0;
      score += dot(q{r}, keys[at + {r}u]);
      if (score > largest) {
        let shrink = exp(largest - score);
        total *= shrink;
        acc{r} *= shrink;
        largest = score;
      }
      let p = exp(score - largest);
      total += p;
      acc{r} += p * values[at + {r}u];
      at += NUM_KV_HEADS * HEAD_STRIDE4;
    }
  }
  let to = row * OUT_STRIDE + head * HEAD_DIM;
  store(to, {r}u * 4u, acc{r} / total);
}
