// https://encoding.spec.whatwg.org/#interface-textencoder
import {
  TypeError,
  TypedArrayPrototypeGetByteLength,
  TypedArrayPrototypeGetName,
  TypedArrayPrototypeSet,
  Uint8Array,
  TypedArrayPrototypeGetBuffer,
} from './primordials.js';

const { utf8Encode } = host;

export class TextEncoder {
  #encoding = 'utf-8';

  get encoding() {
    return this.#encoding;
  }

  /** @param {unknown} [input] */
  encode(input = '') {
    return utf8Encode(`${input}`);
  }

  /**
   * @param {unknown} source
   * @param {Uint8Array} destination
   * @returns {{ read: number, written: number }} UTF-16 code units and bytes
   */
  encodeInto(source, destination) {
    if (TypedArrayPrototypeGetName(destination) !== 'Uint8Array')
      throw new TypeError('encodeInto needs a Uint8Array to write to');
    const text = `${source}`;
    const bytes = utf8Encode(text);
    const room = TypedArrayPrototypeGetByteLength(destination);
    if (room === 0) return { read: 0, written: 0 }; // also one that was transferred
    if (bytes.length <= room) {
      TypedArrayPrototypeSet(destination, bytes);
      return { read: text.length, written: bytes.length };
    }
    let written = room;
    while (written > 0 && (bytes[written] & 0xc0) === 0x80) written--;
    TypedArrayPrototypeSet(destination, new Uint8Array(TypedArrayPrototypeGetBuffer(bytes), 0, written));
    let read = 0;
    for (let i = 0; i < written; i++) if ((bytes[i] & 0xc0) !== 0x80) read += bytes[i] >= 0xf0 ? 2 : 1;
    return { read, written };
  }
}
