// How to draw one token. Bits of floats stand in u32 words on the host's side.
struct Sample {
  row: u32,            // of the pass's activations: the sequence's last
  temperature: f32,
  topK: u32,           // 0: all
  topP: f32,           // 1: all
  seed: u32,
  outputIndex: u32,
  numTop: u32,         // likely tokens to report, at most 20
  maskStart: u32,      // of the allowed tokens' bits in masks; 0xffffffff: all are allowed
}
