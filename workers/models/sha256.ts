/** A chunk of its own: the first load does with the browser's SHA-256. */
export { createSHA256, sha256 } from "hash-wasm";
