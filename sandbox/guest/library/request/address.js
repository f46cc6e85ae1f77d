// The address of a request: https://url.spec.whatwg.org/. The parser takes a tenth of a millisecond, more than the rest of a
// request; most addresses are written as it would write them, and these are told by their looks.

/** @typedef {{ href: string, protocol: string, hash: string, username: string, password: string }} Address */

/** Lower-case names whose last label is no number, a port, and what no part of an address percent-encodes. */
const PLAIN =
  /^(https?:)\/\/(?:[a-z0-9-]+\.)*[a-z][a-z0-9-]*(?::([1-9]\d{0,4}))?(\/[\w.~!$&'()*+,;=:@/%-]*)?(?:\?[\w.~!$&()*+,;=:@/?%-]*)?$/;
const PUNYCODE = /[/.]xn--/;
const DOT_SEGMENT = /\/(?:\.|%2e){1,2}(?:\/|$)/i;
const DEFAULT_PORTS = /** @type {Record<string, string>} */ ({ 'http:': '80', 'https:': '443' });

/** @param {string} text @returns {Address} TypeError for what is no address */
export function parse(text) {
  const [, protocol, port, path] = PLAIN.exec(text) ?? [];
  if (protocol && path && !isRewritten(text, protocol, port, path))
    return { href: text, protocol, hash: '', username: '', password: '' };
  return new (runtime.module('url').URL)(text);
}

/** @param {string} text @param {string} protocol @param {string | undefined} port @param {string} path */
function isRewritten(text, protocol, port, path) {
  if (port && (port === DEFAULT_PORTS[protocol] || Number(port) > 65535)) return true;
  return PUNYCODE.test(text) || DOT_SEGMENT.test(path);
}
