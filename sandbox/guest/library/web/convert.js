// Conversions of https://webidl.spec.whatwg.org/ that more than one interface needs.

/** @param {unknown} value @returns {string} https://webidl.spec.whatwg.org/#es-USVString */
export function toText(value) {
  if (typeof value === 'symbol') throw new TypeError('Cannot convert a Symbol value to a string');
  return `${value}`.toWellFormed();
}

/** @param {unknown} value @param {string} what it is, for the message @returns {string} https://webidl.spec.whatwg.org/#es-ByteString */
export function toByteText(value, what) {
  if (typeof value === 'symbol') throw new TypeError(`${what} is a symbol, which cannot be converted to a ByteString.`);
  const text = `${value}`;
  for (let i = 0; i < text.length; i++) {
    if (text.charCodeAt(i) > 255)
      throw new TypeError(
        `Cannot convert argument to a ByteString because the character at index ${i} has a value of ${text.charCodeAt(i)} which is greater than 255.`,
      );
  }
  return text;
}

/** @param {unknown} value @returns {value is ArrayBuffer | ArrayBufferView} */
export function isBuffer(value) {
  return ArrayBuffer.isView(value) || Object.prototype.toString.call(value) === '[object ArrayBuffer]';
}

/** @param {ArrayBuffer | ArrayBufferView} source @returns {Uint8Array} the same memory */
export function viewOf(source) {
  return ArrayBuffer.isView(source)
    ? new Uint8Array(source.buffer, source.byteOffset, source.byteLength)
    : new Uint8Array(source);
}

/** @param {Uint8Array[]} pieces @returns {Uint8Array} */
export function joined(pieces) {
  if (pieces.length === 1) return pieces[0];
  const bytes = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}

/** One character a byte. @param {Uint8Array} bytes */
export function latin1(bytes) {
  let text = '';
  for (let at = 0; at < bytes.length; at += 8192) {
    text += String.fromCharCode.apply(null, /** @type {any} */ (bytes.subarray(at, at + 8192)));
  }
  return text;
}

/** Whether a value has a class's tag: then its module is worth loading to ask. @param {unknown} value @param {string} tag */
export function hasTag(value, tag) {
  return typeof value === 'object' && value !== null && /** @type {any} */ (value)[Symbol.toStringTag] === tag;
}
