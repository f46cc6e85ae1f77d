// The part of https://nodejs.org/api/string_decoder.html that is C++ in Node: characters that a chunk's end cuts in two wait
// in a decoder's own seven bytes (src/string_decoder.cc) for the next chunk.
import { unfinished } from '../encoding/utf8.js';

const kMissingBytes = 4;
const kBufferedBytes = 5;
const kEncodingField = 6;

/** As Node numbers them. */
const encodings = ['ascii', 'utf8', 'base64', 'utf16le', 'latin1', 'hex', 'buffer', 'base64url'];

export const decoding = {
  encodings,
  kIncompleteCharactersStart: 0,
  kIncompleteCharactersEnd: 4,
  kMissingBytes,
  kBufferedBytes,
  kEncodingField,
  kNumFields: 7,
  kSize: 7,
  decode,
  flush,
};

/** @param {Uint8Array} state @param {ArrayBufferView} view @returns {string} the whole characters there are */
function decode(state, view) {
  const encoding = encodings[state[kEncodingField]];
  const { Buffer } = runtime.module('buffer');
  let bytes = Buffer.from(view.buffer, view.byteOffset, view.byteLength);
  if (bytes.length === 0) return '';
  const held = state[kBufferedBytes];
  let before = '';
  if (held > 0 && encoding === 'utf16le') {
    // Node completes what waits without a look at what it is: the first half of a pair may come alone.
    const taken = bytes.subarray(0, state[kMissingBytes]);
    state.set(taken, held);
    state[kBufferedBytes] += taken.length;
    state[kMissingBytes] -= taken.length;
    if (state[kMissingBytes] > 0) return '';
    before = Buffer.from(state.subarray(0, state[kBufferedBytes])).toString(encoding);
    bytes = bytes.subarray(taken.length);
  } else if (held > 0) bytes = Buffer.concat([state.subarray(0, held), bytes]);
  const rest = cutOff(bytes, encoding);
  const end = bytes.length - rest;
  state.set(bytes.subarray(end), 0);
  state[kBufferedBytes] = rest;
  state[kMissingBytes] = rest && missing(bytes.subarray(end), encoding);
  return before + bytes.toString(encoding, 0, end);
}

/** What is left, as much of a character as it is. @param {Uint8Array} state @returns {string} */
function flush(state) {
  const { Buffer } = runtime.module('buffer');
  const encoding = encodings[state[kEncodingField]];
  const held = Buffer.from(state.subarray(0, state[kBufferedBytes]));
  state[kMissingBytes] = 0;
  state[kBufferedBytes] = 0;
  if (encoding === 'utf16le' && held.length % 2 === 1) return held.toString(encoding, 0, held.length - 1);
  return held.toString(encoding);
}

/** How many bytes at the end wait. @param {Uint8Array} bytes @param {string} encoding */
function cutOff(bytes, encoding) {
  if (encoding === 'utf8') return unfinished(bytes);
  if (encoding === 'base64' || encoding === 'base64url') return bytes.length % 3;
  if (encoding !== 'utf16le') return 0;
  const odd = bytes.length % 2;
  const high = bytes[bytes.length - odd - 1] ?? 0;
  return bytes.length - odd >= 2 && (high & 0xfc) === 0xd8 ? odd + 2 : odd;
}

/** How many more the waiting bytes need. @param {Uint8Array} rest @param {string} encoding */
function missing(rest, encoding) {
  if (encoding === 'utf8') return (rest[0] < 0xe0 ? 2 : rest[0] < 0xf0 ? 3 : 4) - rest.length;
  return encoding === 'utf16le' ? (rest.length % 2 ? 1 : 2) : 3 - rest.length;
}
