// out[row, n] = sum over k of x[row, k] * w[n, k] (+ bias[n]) (+ what out held: the residual)
//
// An invocation computes four columns of ROWS rows over all of K, in order of k: no barrier,
// and a row's sum does not depend on the rows beside it.
//
// x:    f32[numRows, sizes.xStride4 * 4]
// out:  f32[numRows, sizes.outStride4 * 4], columns from sizes.outOffset4 * 4 on
// bias: f32[sizes.outStride4 * 4], of the whole matrix
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

@compute @workgroup_size(32)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let n4 = id.x;
  if (n4 >= sizes.n4) { return; }
  let row = id.y * ROWS;
  var x{r} = (row + {r}u) * sizes.xStride4;
  var acc{r} = vec4f();
  for (var k8 = 0u; k8 < sizes.k8; k8++) {
    let w = weightStep(k8, n4, sizes.n4);
    acc{r} += vec4f(w.lo * vec4<real>(x[x{r}]) + w.hi * vec4<real>(x[x{r} + 1u]));
    x{r} += 2u;
  }
  //?BIAS acc{r} += bias[sizes.outOffset4 + n4];
  let at = row * sizes.outStride4 + sizes.outOffset4 + n4;
  //?RESIDUAL if (row + {r}u < pass_.numRows) { out[at + {r}u * sizes.outStride4] += acc{r}; }
  //!RESIDUAL if (row + {r}u < pass_.numRows) { out[at + {r}u * sizes.outStride4] = acc{r}; }
}
