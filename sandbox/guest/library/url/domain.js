// In place of `tr46` in whatwg-url. The Unicode tables are large and most hosts are plain ASCII, which needs none of them:
// only another host loads the library module `idna`.

const PLAIN = /^[\x00-\x7f]*$/;
const PUNYCODE_LABEL = /(^|\.)xn--/i;

/**
 * @param {string} domain
 * @param {{ verifyDNSLength?: boolean, useSTD3ASCIIRules?: boolean }} [options] tr46's
 * @returns {string | null}
 */
export function toASCII(domain, options = {}) {
  if (isPlain(domain) && !options.verifyDNSLength && !options.useSTD3ASCIIRules) return domain.toLowerCase();
  return runtime.module('idna').toASCII(domain, options);
}

/**
 * @param {string} domain
 * @param {object} [options] tr46's
 * @returns {{ domain: string, error: boolean }}
 */
export function toUnicode(domain, options) {
  if (isPlain(domain)) return { domain: domain.toLowerCase(), error: false };
  return runtime.module('idna').toUnicode(domain, options);
}

/** @param {string} domain */
function isPlain(domain) {
  return PLAIN.test(domain) && !PUNYCODE_LABEL.test(domain);
}
