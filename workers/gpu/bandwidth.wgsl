// FILL writes hashed words (zeros compress and lie); otherwise one sweep reads every vec4 once.
//?FILL @group(0) @binding(0) var<storage, read_write> words: array<vec4<u32>>;
//!FILL @group(0) @binding(0) var<storage, read> words: array<vec4<u32>>;
//!FILL @group(0) @binding(1) var<storage, read_write> sums: array<u32>;

override numVectors: u32;
override numInvocations: u32;

fn mix32(value: u32) -> u32 {
  var x = value;
  x = (x ^ (x >> 16u)) * 0x21f0aaadu;
  x = (x ^ (x >> 15u)) * 0x735a2d97u;
  return x ^ (x >> 15u);
}

@compute @workgroup_size(256)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
//!FILL   var sum = vec4<u32>(0u);
  for (var i = id.x; i < numVectors; i += numInvocations) {
//?FILL     words[i] = vec4<u32>(mix32(4u * i), mix32(4u * i + 1u), mix32(4u * i + 2u), mix32(4u * i + 3u));
//!FILL     sum ^= words[i];
  }
//!FILL   sums[id.x] = sum.x ^ sum.y ^ sum.z ^ sum.w;
}
