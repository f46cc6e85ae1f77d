// In place of `@exodus/bytes/whatwg.js` in whatwg-url, whose tables of legacy encodings serve HTML documents only: a URL made
// by a program is always UTF-8.

/**
 * https://url.spec.whatwg.org/#string-percent-encode-after-encoding
 * @param {string} _encoding UTF-8
 * @param {string} input
 * @param {string} percentEncodeSet its ASCII characters; controls and non-ASCII always belong to it
 */
export function percentEncodeAfterEncoding(_encoding, input, percentEncodeSet) {
  const bytes = host.utf8Encode(input);
  let text = '';
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i];
    const character = String.fromCharCode(byte);
    if (byte < 0x20 || byte > 0x7e || percentEncodeSet.includes(character)) {
      text += `%${byte < 16 ? '0' : ''}${byte.toString(16).toUpperCase()}`;
    } else {
      text += character;
    }
  }
  return text;
}
