// multipart/form-data, written as https://html.spec.whatwg.org/#multipart-form-data says and read as
// https://fetch.spec.whatwg.org/#dom-body-formdata does: what breaks a rule is refused whole.
import { decode } from '../encoding/utf8.js';
import { joined, latin1 } from '../web/convert.js';

const { utf8Encode } = host;
const BOUNDARY = /^[0-9A-Za-z'()+_,./:=? -]{1,70}$/;
const DISPOSITION = /^form-data;\s*name="([^"]*)"(?:;\s*filename="([^"]*)")?(?:;\s*filename\*=[^;]*)?\s*;?$/i;
const ESCAPES = /** @type {Record<string, string>} */ ({ '\n': '%0A', '\r': '%0D', '"': '%22' });
const UNESCAPES = /** @type {Record<string, string>} */ ({ '%0A': '\n', '%0D': '\r', '%22': '"' });

/** @typedef {typeof import('../blob.js')} Blobs */

/**
 * @param {readonly import('../form-data.js').Entry[]} entries
 * @returns {{ bytes: Uint8Array, type: string }}
 */
export function serialize(entries) {
  const boundary = `----formdata-interlock-${`${Math.random()}`.slice(2).padEnd(16, '0').slice(0, 16)}`;
  /** @type {Uint8Array[]} */
  const pieces = [];
  for (const [name, value] of entries) {
    const head = `--${boundary}\r\nContent-Disposition: form-data; name="${escaped(lines(name))}"`;
    if (typeof value === 'string') {
      pieces.push(utf8Encode(`${head}\r\n\r\n${lines(value)}\r\n`));
    } else {
      const type = value.type || 'application/octet-stream';
      pieces.push(
        utf8Encode(`${head}; filename="${escaped(value.name)}"\r\nContent-Type: ${type}\r\n\r\n`),
        /** @type {Blobs} */ (runtime.module('blob')).bytesOf(value),
        utf8Encode('\r\n'),
      );
    }
  }
  pieces.push(utf8Encode(`--${boundary}--\r\n`));
  return { bytes: joined(pieces), type: `multipart/form-data; boundary=${boundary}` };
}

/**
 * @param {Uint8Array} bytes
 * @param {string | undefined} boundary
 * @param {any} form a FormData to append to
 */
export function parse(bytes, boundary, form) {
  if (boundary === undefined || !BOUNDARY.test(boundary)) throw broken('its content type has no usable boundary');
  const text = latin1(bytes);
  const delimiter = `--${boundary}`;
  let at = text.startsWith('\r\n') ? 2 : 0;
  if (!text.startsWith(delimiter, at)) throw broken('it does not begin with its boundary');
  for (;;) {
    at += delimiter.length;
    if (text.startsWith('--', at)) return;
    if (!text.startsWith('\r\n', at)) throw broken('a boundary is not followed by a line break');
    const headersEnd = text.indexOf('\r\n\r\n', at);
    if (headersEnd < 0) throw broken('the headers of a part do not end');
    const { name, filename, type } = headersOf(decode(bytes.subarray(at + 2, headersEnd)));
    const start = headersEnd + 4;
    // An empty part's own line break is that of its headers.
    const end = text.startsWith(delimiter, start) ? start - 2 : text.indexOf(`\r\n${delimiter}`, start);
    if (end < 0) throw broken('its last boundary is missing');
    const content = bytes.slice(start, Math.max(start, end));
    if (filename === undefined) {
      form.append(name, decode(content));
    } else {
      /** @type {Blobs} */
      const { makeBlob, makeFile } = runtime.module('blob');
      form.append(name, makeFile(makeBlob(content, type.toLowerCase()), filename, Date.now()));
    }
    at = end + 2;
  }
}

/** @param {string} text a part's headers */
function headersOf(text) {
  let name;
  let filename;
  let type = 'text/plain';
  for (const line of text.split('\r\n')) {
    const colon = line.indexOf(':');
    if (colon < 1) throw broken('a line among the headers of a part is none');
    const value = line.slice(colon + 1).trim();
    const header = line.slice(0, colon).trim().toLowerCase();
    if (header === 'content-type') type = value;
    if (header !== 'content-disposition') continue;
    const found = DISPOSITION.exec(value);
    if (!found) throw broken('the disposition of a part is not that of form data with a name');
    name = unescaped(found[1]);
    filename = found[2] === undefined ? undefined : unescaped(found[2]);
  }
  if (name === undefined) throw broken('a part has no name');
  return { name, filename, type };
}

/** @param {string} text */
function lines(text) {
  return text.replace(/\r\n?|\n/g, '\r\n');
}

/** @param {string} text */
function escaped(text) {
  return text.replace(/[\n\r"]/g, (character) => ESCAPES[character]);
}

/** @param {string} text */
function unescaped(text) {
  return text.replace(/%0A|%0D|%22/gi, (sequence) => UNESCAPES[sequence.toUpperCase()]);
}

/** @param {string} why */
function broken(why) {
  return new TypeError(`Failed to parse body as FormData: ${why}`);
}
