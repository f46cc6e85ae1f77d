// RFC 7932, decompression alone, by the package brotli: the host's Python has none. Servers compress so what clients ask for.
// @ts-expect-error -- a file of the package's, without types
import { BrotliDecompress } from '../../../node_modules/brotli/dec/decode.js';

/** @param {Uint8Array} bytes @param {number} most bytes that may come out @returns {Uint8Array} RangeError beyond them */
export function decompress(bytes, most) {
  let at = 0;
  const input = {
    /** @param {Uint8Array} target @param {number} offset @param {number} count */
    read(target, offset, count) {
      const part = bytes.subarray(at, at + count);
      target.set(part, offset);
      at += part.length;
      return part.length;
    },
  };
  /** @type {Uint8Array[]} */
  const parts = [];
  let length = 0;
  const output = {
    /** The package would make room for as much as the data announces. */
    buffer: { length: Infinity },
    /** @param {Uint8Array} data @param {number} count */
    write(data, count) {
      length += count;
      if (length > most) throw new RangeError('too much');
      parts.push(data.slice(0, count));
      return count;
    },
  };
  BrotliDecompress(input, output);
  const whole = new Uint8Array(length);
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}
