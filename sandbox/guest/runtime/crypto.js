// https://w3c.github.io/webcrypto/#Crypto-interface. Entropy is the host's, drawn at each call.
import { library } from './library.js';
import {
  DOMException,
  NumberPrototypeToString,
  TypeError,
  StringPrototypePadStart,
  StringPrototypeStartsWith,
  TypedArrayPrototypeGetBuffer,
  TypedArrayPrototypeGetByteLength,
  TypedArrayPrototypeGetByteOffset,
  TypedArrayPrototypeGetName,
  Uint8Array,
} from './primordials.js';

const QUOTA_BYTES = 65536;
const { random } = host;

const OURS = Symbol();

export class Crypto {
  /** @param {unknown} [token] */
  constructor(token = undefined) {
    if (token !== OURS) throw new TypeError('Illegal constructor');
  }

  /** Loaded at its first use. */
  get subtle() {
    return library('webcrypto').subtle;
  }

  /**
   * @template T
   * @param {T} view an integer typed array of at most 65,536 bytes
   * @returns {T} the same, filled
   */
  getRandomValues(view) {
    const type = TypedArrayPrototypeGetName(view);
    if (type === undefined || StringPrototypeStartsWith(type, 'Float')) {
      throw new DOMException('The data argument must be an integer-type TypedArray', 'TypeMismatchError');
    }
    const length = TypedArrayPrototypeGetByteLength(view);
    if (length > QUOTA_BYTES) {
      throw new DOMException(`The requested length exceeds ${QUOTA_BYTES} bytes`, 'QuotaExceededError');
    }
    random(new Uint8Array(TypedArrayPrototypeGetBuffer(view), TypedArrayPrototypeGetByteOffset(view), length));
    return view;
  }

  /** @returns {string} a UUID of version 4, RFC 9562 section 5.4 */
  randomUUID() {
    const bytes = new Uint8Array(16);
    random(bytes);
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    let text = '';
    for (let i = 0; i < 16; i++) {
      text += StringPrototypePadStart(NumberPrototypeToString(bytes[i], 16), 2, '0');
      if (i === 3 || i === 5 || i === 7 || i === 9) text += '-';
    }
    return text;
  }
}

export const crypto = new Crypto(OURS);
