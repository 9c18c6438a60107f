// Which rows of the step a dispatch computes. Rows of activations are counted from 0; the
// same row's parameters stand at firstRow + row in the step's arrays.
struct Pass {
  numRows: u32,
  firstRow: u32,
  stepNumber: u32,  // of the step's first pass; copied, not read by kernels
  unused1: u32,
}

// Parameters of one row (token).
struct Row {
  tokenId: u32,
  position: u32,
  slot: u32,        // where its key and value go: block * blockSize + offset
  tableStart: u32,  // where its sequence's block table begins in blockTables
}

@group(0) @binding(0) var<uniform> pass_: Pass;
