// Node's internal/buffer, for streams.

/** A Buffer over memory that is there. @param {ArrayBuffer} memory @param {number} offset @param {number} length */
export function FastBuffer(memory, offset, length) {
  return runtime.module('buffer').Buffer.from(memory, offset, length);
}
