// The same product as matmul.wgsl for devices with many cores: K is cut into 16 interleaved
// slices, eight column quads by 16 slices are a workgroup, and the partial sums are added in
// order of slice. The order of a row's sum depends on K alone.
struct Sizes {
  n4: u32,          // columns of this part / 4, rounded up
  k8: u32,          // steps of eight k
  xStride4: u32,
  outStride4: u32,
  outOffset4: u32,
}

@group(0) @binding(3) var<storage, read> x: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> out: array<vec4f>;
//?BIAS @group(0) @binding(5) var<storage, read> bias: array<vec4f>;
@group(0) @binding(6) var<storage, read> sizes: Sizes;

// [row, slice, column]
var<workgroup> partial: array<vec4f, ROWS * 128u>;

@compute @workgroup_size(8, 16)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) local: vec3u) {
  let n4 = group.x * 8u + local.x;
  let column = min(n4, sizes.n4 - 1u);  // all invocations reach the barrier
  let slice = local.y;
  let row = group.y * ROWS;
  var acc{r} = vec4f();
  for (var k8 = slice; k8 < sizes.k8; k8 += 16u) {
    let w = weightStep(k8, column, sizes.n4);
    acc{r} += vec4f(w.lo * vec4<real>(x[(row + {r}u) * sizes.xStride4 + 2u * k8]) + w.hi * vec4<real>(x[(row + {r}u) * sizes.xStride4 + 2u * k8 + 1u]));
  }
  partial[({r}u * 16u + slice) * 8u + local.x] = acc{r};
  workgroupBarrier();

  // Invocations of slice s finish row s.
  if (slice >= ROWS || row + slice >= pass_.numRows || n4 >= sizes.n4) { return; }
  var sum = vec4f();
  for (var s = 0u; s < 16u; s++) { sum += partial[(slice * 16u + s) * 8u + local.x]; }
  //?BIAS sum += bias[sizes.outOffset4 + n4];
  let at = (row + slice) * sizes.outStride4 + sizes.outOffset4 + n4;
  //?RESIDUAL out[at] += sum;
  //!RESIDUAL out[at] = sum;
}
