// https://fetch.spec.whatwg.org/#data-url-processor
import { latin1 } from '../web/convert.js';
import { mimeTypeText, parseMimeType } from '../web/mime.js';

const BASE64 = /; *base64$/i;

/** @param {any} url a URL of the scheme data @returns {{ type: string, bytes: Uint8Array } | null} */
export function read(url) {
  const input = url.href.slice('data:'.length, url.hash ? -url.hash.length : undefined);
  const comma = input.indexOf(',');
  if (comma < 0) return null;
  let type = input.slice(0, comma).replace(/^ +| +$/g, '');
  /** @type {Uint8Array | null} */
  let bytes = percentDecoded(input.slice(comma + 1));
  if (BASE64.test(type)) {
    bytes = fromBase64(latin1(bytes));
    type = type.replace(BASE64, '');
  }
  if (!bytes) return null;
  const parsed = parseMimeType(type.startsWith(';') ? `text/plain${type}` : type);
  return { type: parsed ? mimeTypeText(parsed) : 'text/plain;charset=US-ASCII', bytes };
}

/** @param {string} text ASCII, as a URL's is @returns {Uint8Array} */
function percentDecoded(text) {
  const bytes = new Uint8Array(text.length);
  let length = 0;
  for (let at = 0; at < text.length; at++) {
    const digits = text[at] === '%' ? text.slice(at + 1, at + 3) : '';
    const escaped = /^[0-9a-f]{2}$/i.test(digits);
    bytes[length++] = escaped ? parseInt(digits, 16) : text.charCodeAt(at);
    if (escaped) at += 2;
  }
  return bytes.slice(0, length);
}

/** https://infra.spec.whatwg.org/#forgiving-base64-decode @param {string} text @returns {Uint8Array | null} */
function fromBase64(text) {
  try {
    return /** @type {any} */ (Uint8Array).fromBase64(text);
  } catch {
    return null;
  }
}
