/**
 * One text in eight was never trained on: CRC-32 of its UTF-8 bytes, divisible by 8
 * (`is_held_out` in training/workloads.py). Rows that are measured come from those.
 */
export function isHeldOut(text: string): boolean {
  return crc32(text) % 8 === 0;
}

/** CRC-32 (IEEE 802.3, reflected, polynomial 0xEDB88320), as zlib's. */
export function crc32(text: string): number {
  let crc = 0xffffffff;
  for (const byte of new TextEncoder().encode(text)) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return (crc ^ 0xffffffff) >>> 0;
}
