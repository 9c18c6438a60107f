// Fills a packed weight matrix with random numbers that depend on seed, row and column alone; see
// hashed-weight.ts, which describes the same numbers for the CPU. Layouts: weight-q4.wgsl, weight-f16.wgsl.
//
// out: u32[numRows, width]; what lies beyond N or K is zero
struct Fill {
  seed: u32,        // mixed
  firstColumn: u32, // of this part of a matrix that was split
  n: u32,           // columns (outputs) of the whole matrix
  k: u32,           // numbers a column: K, or groups for scales, or words for q4
  width: u32,       // words a row
  numRows: u32,
  base: u32,        // exponent bits of a 16-bit float
  mantissa: u32,    // its mantissa's bits
  sign: u32,        // 0x8000, or 0: all positive
  depth: u32,       // K of a q4 matrix
}

@group(0) @binding(0) var<storage, read> fill: Fill;
@group(0) @binding(1) var<storage, read_write> out: array<u32>;

fn mix32(value: u32) -> u32 {
  var x = value;
  x = (x ^ (x >> 16u)) * 0x21f0aaadu;
  x = (x ^ (x >> 15u)) * 0x735a2d97u;
  return x ^ (x >> 15u);
}

fn random(column: u32, i: u32) -> u32 { return mix32(fill.seed + column * fill.k + i); }

fn half(column: u32, i: u32) -> u32 {
  if (column >= fill.n || i >= fill.k) { return 0u; }
  let bits = random(column, i);
  return fill.base | (bits & fill.mantissa) | ((bits >> 16u) & fill.sign);
}

// Word x of row y.
fn word(x: u32, y: u32) -> u32 {
  //?WORDS let column = fill.firstColumn + x;
  //?WORDS if (column >= fill.n) { return 0u; }
  //?WORDS let valid = min(8u, fill.depth - min(fill.depth, 8u * y));
  //?WORDS let mask = select((1u << (4u * valid)) - 1u, 0xffffffffu, valid == 8u);
  //?WORDS return (random(column, y) & mask) | (0x77777777u & ~mask);
  //?SCALES let column = fill.firstColumn + 2u * x;
  //?SCALES return half(column, y) | (half(column + 1u, y) << 16u);
  //?PAIRS let column = fill.firstColumn + (x / 4u) * 4u + (x & 1u) * 2u;
  //?PAIRS let i = 2u * y + ((x & 2u) >> 1u);
  //?PAIRS return half(column, i) | (half(column + 1u, i) << 16u);
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  if (id.x >= fill.width) { return; }
  for (var y = id.y; y < fill.numRows; y += groups.y) { out[y * fill.width + id.x] = word(id.x, y); }
}
