// Draws one token a sample: temperature, then top-k, then top-p, then the draw; see
// sample.reference.ts, which this follows step for step in f32.
//
// logits:  f32[numSamples of the pass, STRIDE]
// samples: Sample[samples of the step]
// masks:   u32[...], ceil(VOCAB / 32) words a constrained sample
// out:     u32[samples of the step, 48]: token id, bits of the log of the sum of exp(logit),
//          20 most likely ids, bits of their 20 logits, 1 where a logit is NaN or infinite
//
// What is kept is the set of tokens at or before a cut (key, id) in the order of falling
// logit, then rising id. The cut is found by bisection over the bits of the key, then over
// the id: no sort, and exact also for equal logits.
override VOCAB: u32;
override STRIDE: u32;

@group(0) @binding(1) var<storage, read> logits: array<f32>;
@group(0) @binding(2) var<storage, read> samples: array<Sample>;
@group(0) @binding(3) var<storage, read> masks: array<u32>;
@group(0) @binding(4) var<storage, read_write> out: array<u32>;

struct Cut { key: u32, id: u32 }

//?WIDE const LANES = 64u;
//!WIDE const LANES = 1u;
//?WIDE var<workgroup> sums: array<f32, 64>;
//?WIDE var<workgroup> cuts: array<Cut, 64>;

// u32s in the order of the floats.
fn keyOf(logit: f32) -> u32 {
  let bits = bitcast<u32>(logit);
  return select(bits | 0x80000000u, ~bits, (bits >> 31u) == 1u);
}

fn precedes(a: Cut, b: Cut) -> bool {
  return a.key > b.key || (a.key == b.key && a.id < b.id);
}

fn isAllowed(maskStart: u32, id: u32) -> bool {
  if (maskStart == 0xffffffffu) { return true; }
  return ((masks[maskStart + id / 32u] >> (id % 32u)) & 1u) == 1u;
}

// Sum over the lanes, for all of them.
fn addLanes(value: f32, lane: u32) -> f32 {
  //!WIDE return value;
  //?WIDE workgroupBarrier();
  //?WIDE sums[lane] = value;
  //?WIDE workgroupBarrier();
  //?WIDE var total = 0.0;
  //?WIDE for (var i = 0u; i < LANES; i++) { total += sums[i]; }
  //?WIDE return total;
}

// The first of the lanes' cuts, for all of them.
fn firstOfLanes(value: Cut, lane: u32) -> Cut {
  //!WIDE return value;
  //?WIDE workgroupBarrier();
  //?WIDE cuts[lane] = value;
  //?WIDE workgroupBarrier();
  //?WIDE var best = cuts[0];
  //?WIDE for (var i = 1u; i < LANES; i++) { if (precedes(cuts[i], best)) { best = cuts[i]; } }
  //?WIDE return best;
}

// The first token after a cut among those the mask allows.
fn firstAfter(start: u32, after: Cut, all: bool, maskStart: u32, lane: u32) -> Cut {
  var best = Cut(0u, 0xffffffffu);
  for (var id = lane; id < VOCAB; id += LANES) {
    let here = Cut(keyOf(logits[start + id]), id);
    if (precedes(here, best) && (all || precedes(after, here)) && isAllowed(maskStart, id)) { best = here; }
  }
  return firstOfLanes(best, lane);
}

struct First { cut: Cut, isFinite: bool }

// The first token that the mask allows, and whether all logits, allowed or not, are finite. That is
// told by bits: a shader compiler may assume that no float is NaN.
fn firstAllowed(start: u32, maskStart: u32, lane: u32) -> First {
  var best = Cut(0u, 0xffffffffu);
  var largestExponent = 0u;
  for (var id = lane; id < VOCAB; id += LANES) {
    let logit = logits[start + id];
    largestExponent = max(largestExponent, bitcast<u32>(logit) & 0x7f800000u);
    let here = Cut(keyOf(logit), id);
    if (precedes(here, best) && isAllowed(maskStart, id)) { best = here; }
  }
  let numBroken = addLanes(select(0.0, 1.0, largestExponent == 0x7f800000u), lane);
  return First(firstOfLanes(best, lane), numBroken == 0.0);
}

// Count (BY_COUNT) or weight of the allowed tokens at or before both cuts.
fn measure(start: u32, sample: Sample, largest: f32, a: Cut, b: Cut, byCount: bool, lane: u32) -> f32 {
  var sum = 0.0;
  for (var id = lane; id < VOCAB; id += LANES) {
    let logit = logits[start + id];
    let here = Cut(keyOf(logit), id);
    if (!precedes(a, here) && !precedes(b, here) && isAllowed(sample.maskStart, id)) {
      sum += select(exp((logit - largest) / sample.temperature), 1.0, byCount);
    }
  }
  return addLanes(sum, lane);
}

// The earliest cut, at or before `within`, whose measure reaches `wanted`.
fn findCut(start: u32, sample: Sample, largest: f32, within: Cut, wanted: f32, byCount: bool, lane: u32) -> Cut {
  var key = 0u;
  for (var bit = 0x80000000u; bit > 0u; bit /= 2u) {
    let trial = Cut(key | bit, 0xffffffffu);
    if (measure(start, sample, largest, trial, within, byCount, lane) >= wanted) { key |= bit; }
  }
  var id = 0u;
  var size = 1u;
  while (size < VOCAB) { size *= 2u; }
  for (; size > 0u; size /= 2u) {
    let trial = Cut(key, id + size - 1u);
    if (measure(start, sample, largest, trial, within, byCount, lane) < wanted) { id += size; }
  }
  return Cut(key, id);
}

fn mix32(value: u32) -> u32 {
  var x = value;
  x = (x ^ (x >> 16u)) * 0x21f0aaadu;
  x = (x ^ (x >> 15u)) * 0x735a2d97u;
  return x ^ (x >> 15u);
}

// In [0, 1), a multiple of 2^-24.
fn uniformOf(seed: u32, outputIndex: u32) -> f32 {
  return f32(mix32(mix32(seed) + (outputIndex + 1u) * 0x9e3779b9u) >> 8u) / 16777216.0;
}

//?WIDE @compute @workgroup_size(64)
//?WIDE fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  //?WIDE let index = group.x;
//!WIDE @compute @workgroup_size(4)
//!WIDE fn main(@builtin(global_invocation_id) id: vec3u) {
  //!WIDE const lane = 0u;
  //!WIDE let index = id.x;
  //!WIDE if (index >= pass_.numRows) { return; }
  let sample = samples[pass_.firstRow + index];
  let start = index * STRIDE;
  let to = (pass_.firstRow + index) * 48u;

  if (sample.numTop > 0u) {
    let top = firstAfter(start, Cut(), true, 0xffffffffu, lane);
    let peak = logits[start + top.id];
    var sum = 0.0;
    for (var i = lane; i < VOCAB; i += LANES) { sum += exp(logits[start + i] - peak); }
    let logTotal = peak + log(addLanes(sum, lane));
    if (lane == 0u) { out[to + 1u] = bitcast<u32>(logTotal); }
    var cut = top;
    for (var i = 0u; i < min(sample.numTop, min(20u, VOCAB)); i++) {
      if (i > 0u) { cut = firstAfter(start, cut, false, 0xffffffffu, lane); }
      if (lane == 0u) {
        out[to + 2u + i] = cut.id;
        out[to + 22u + i] = bitcast<u32>(logits[start + cut.id]);
      }
    }
  }

  let first_ = firstAllowed(start, sample.maskStart, lane);
  let best = first_.cut;
  if (lane == 0u) {
    out[to] = best.id;
    out[to + 42u] = select(1u, 0u, first_.isFinite);
  }
  if (sample.temperature == 0.0) { return; }
  let largest = logits[start + min(best.id, VOCAB - 1u)];
  var kept = Cut(0u, 0xffffffffu);
  if (sample.topK > 0u && sample.topK < VOCAB) {
    kept = findCut(start, sample, largest, kept, f32(sample.topK), true, lane);
  }
  let everything = Cut(0u, 0xffffffffu);
  if (sample.topP < 1.0) {
    let total = measure(start, sample, largest, kept, everything, false, lane);
    kept = findCut(start, sample, largest, kept, sample.topP * total, false, lane);
  }

  // The draw walks the kept tokens by rising id; each lane has a run of consecutive ids.
  let run = (VOCAB + LANES - 1u) / LANES;
  let first = min(lane * run, VOCAB);
  let end = min(first + run, VOCAB);
  var mine = 0.0;
  for (var id = first; id < end; id++) {
    let logit = logits[start + id];
    if (!precedes(kept, Cut(keyOf(logit), id)) && isAllowed(sample.maskStart, id)) {
      mine += exp((logit - largest) / sample.temperature);
    }
  }
  //?WIDE storageBarrier();  // out[to] is written again below
  let total = addLanes(mine, lane);
  let target_ = uniformOf(sample.seed, sample.outputIndex) * total;
  var before = 0.0;
  //?WIDE for (var i = 0u; i < lane; i++) { before += sums[i]; }
  // Rounding may leave every sum a hair under the target: then the last kept token is drawn.
  let isLast = before + mine >= total;
  if (mine == 0.0 || before > target_ || (before + mine <= target_ && !isLast)) { return; }
  var cumulative = before;
  var drawn = best.id;
  for (var id = first; id < end; id++) {
    let logit = logits[start + id];
    if (precedes(kept, Cut(keyOf(logit), id)) || !isAllowed(sample.maskStart, id)) { continue; }
    drawn = id;
    cumulative += exp((logit - largest) / sample.temperature);
    if (cumulative > target_) { break; }
  }
  out[to] = drawn;
}
