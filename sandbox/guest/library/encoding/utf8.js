// UTF-8 to text, https://encoding.spec.whatwg.org/#utf-8-decoder. The host's function is fast and right for well-formed input;
// what is not well-formed is decoded here, as the standard replaces it: one U+FFFD for each maximal part of a sequence.

const { utf8Decode, utf8Encode } = host;
const REPLACEMENT = '\ufffd';

/** @param {Uint8Array} bytes @returns {string} a byte order mark is kept */
export function decode(bytes) {
  const text = utf8Decode(bytes);
  return !text.includes(REPLACEMENT) && text.isWellFormed() && !hasSurrogates(bytes) ? text : decodeBroken(bytes);
}

/** @param {Uint8Array} bytes */
export function isWellFormed(bytes) {
  const text = utf8Decode(bytes);
  if (!text.includes(REPLACEMENT)) return text.isWellFormed() && !hasSurrogates(bytes);
  const again = utf8Encode(text);
  return again.length === bytes.length && again.every((byte, i) => byte === bytes[i]);
}

/** Whether a surrogate is encoded: the host's function takes two in a row for the character they are in UTF-16. @param {Uint8Array} bytes */
function hasSurrogates(bytes) {
  for (let at = bytes.indexOf(0xed); at !== -1; at = bytes.indexOf(0xed, at + 1))
    if (bytes[at + 1] >= 0xa0) return true;
  return false;
}

/** How many bytes at the end begin a sequence that more bytes could complete. @param {Uint8Array} bytes */
export function unfinished(bytes) {
  for (let start = bytes.length - 1; start >= 0 && start >= bytes.length - 3; start--) {
    const length = sequenceLength(bytes[start]);
    if (length === 0) continue;
    return start + length > bytes.length && start + validLength(bytes, start) === bytes.length
      ? bytes.length - start
      : 0;
  }
  return 0;
}

/** @param {Uint8Array} bytes */
function decodeBroken(bytes) {
  let text = '';
  let start = 0;
  for (let i = 0; i < bytes.length;) {
    const valid = validLength(bytes, i);
    if (valid > 0 && valid === sequenceLength(bytes[i])) {
      i += valid;
      continue;
    }
    text += utf8Decode(bytes.subarray(start, i)) + REPLACEMENT;
    i += valid || 1;
    start = i;
  }
  return text + utf8Decode(bytes.subarray(start));
}

/** The length of the sequence that a byte begins; 0 for one that begins none. @param {number} byte */
function sequenceLength(byte) {
  if (byte < 0x80) return 1;
  if (byte < 0xc2 || byte > 0xf4) return 0;
  return byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
}

/** How many bytes from `start` are the beginning of one sequence. @param {Uint8Array} bytes @param {number} start */
function validLength(bytes, start) {
  const first = bytes[start];
  const end = Math.min(start + sequenceLength(first), bytes.length);
  let i = start + 1;
  for (; i < end; i++) {
    // Over-long forms, surrogates and what is beyond U+10FFFF show in the second byte.
    const low = i === start + 1 && first === 0xe0 ? 0xa0 : i === start + 1 && first === 0xf0 ? 0x90 : 0x80;
    const high = i === start + 1 && first === 0xed ? 0x9f : i === start + 1 && first === 0xf4 ? 0x8f : 0xbf;
    if (bytes[i] < low || bytes[i] > high) break;
  }
  return sequenceLength(first) && i - start;
}
