// JSON Web Tokens (RFC 7519) in the one form that redirects use: compact, HS256 (RFC 7515, RFC 7518 section 3.2). The
// algorithm is never taken from the token.
import { hmac } from '@noble/hashes/hmac.js';
import { sha256 } from '@noble/hashes/sha2.js';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const HEADER = encode(host.utf8Encode('{"alg":"HS256","typ":"JWT"}'));

/** @param {string} payload JSON text @param {string} secret @returns {string} */
export function sign(payload, secret) {
  const signed = `${HEADER}.${encode(host.utf8Encode(payload))}`;
  return `${signed}.${encode(mac(signed, secret))}`;
}

/**
 * @param {string} token
 * @param {string} secret
 * @returns {{ problem: string, text: string }} the payload's JSON text, an object's; or why it is not to be believed
 */
export function verify(token, secret) {
  const parts = token.split('.');
  const [header = '', payload = '', signature = ''] = parts;
  if (parts.length !== 3) return failure('the token is not a JSON Web Token of three parts');
  const head = parse(header);
  if (!head) return failure('the header of the token cannot be read');
  if (head.value.alg !== 'HS256') return failure('the token is not signed with HS256');
  if ('crit' in head.value) return failure('the token asks for an extension (crit) that is not known');
  const given = decode(signature);
  if (!given || !equal(given, mac(`${header}.${payload}`, secret)))
    return failure('the signature of the token is wrong');
  const body = parse(payload);
  return body ? { problem: '', text: body.text } : failure('the payload of the token is not a JSON object');
}

/** @param {string} signed @param {string} secret @returns {Uint8Array} */
function mac(signed, secret) {
  return hmac(sha256, host.utf8Encode(secret), host.utf8Encode(signed));
}

/** Takes the same time wherever they differ. @param {Uint8Array} a @param {Uint8Array} b @returns {boolean} */
function equal(a, b) {
  if (a.length !== b.length) return false;
  let difference = 0;
  for (let i = 0; i < a.length; i++) difference |= /** @type {number} */ (a[i]) ^ /** @type {number} */ (b[i]);
  return difference === 0;
}

/** @param {string} part @returns {{ text: string, value: any } | undefined} */
function parse(part) {
  const bytes = decode(part);
  if (!bytes) return undefined;
  const text = host.utf8Decode(bytes);
  try {
    const value = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { text, value } : undefined;
  } catch {
    return undefined;
  }
}

/** Base64url without padding (RFC 4648 section 5). @param {Uint8Array} bytes @returns {string} */
function encode(bytes) {
  let text = '';
  for (let i = 0; i < bytes.length; i += 3) {
    const left = bytes.length - i;
    const group = (byteAt(bytes, i) << 16) | (byteAt(bytes, i + 1) << 8) | byteAt(bytes, i + 2);
    text += ALPHABET.charAt(group >> 18) + ALPHABET.charAt((group >> 12) & 63);
    if (left > 1) text += ALPHABET.charAt((group >> 6) & 63);
    if (left > 2) text += ALPHABET.charAt(group & 63);
  }
  return text;
}

/** @param {string} text @returns {Uint8Array | undefined} undefined unless it is what `encode` writes for some bytes */
function decode(text) {
  if (text.length % 4 === 1) return undefined;
  const bytes = new Uint8Array(Math.floor((text.length * 3) / 4));
  let bits = 0;
  let held = 0;
  let length = 0;
  for (let i = 0; i < text.length; i++) {
    const value = ALPHABET.indexOf(text.charAt(i));
    if (value < 0) return undefined;
    held = ((held << 6) | value) & 0xffff;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      bytes[length++] = (held >> bits) & 255;
    }
  }
  // Left-over bits that are not zero would be a second spelling of the same bytes.
  return (held & ((1 << bits) - 1)) === 0 ? bytes : undefined;
}

/** @param {Uint8Array} bytes @param {number} i @returns {number} */
function byteAt(bytes, i) {
  return bytes[i] ?? 0;
}

/** @param {string} problem */
function failure(problem) {
  return { problem, text: '' };
}
