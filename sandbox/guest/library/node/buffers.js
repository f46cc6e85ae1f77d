// Node's internal/buffer, for streams.

/** A Buffer over memory that is there, or of none. @param {ArrayBuffer} [memory] @param {number} [offset] @param {number} [length] */
export function FastBuffer(memory, offset, length) {
  return runtime.module('buffer').Buffer.from(memory ?? new ArrayBuffer(0), offset, length);
}
