// https://url.spec.whatwg.org/ by the package whatwg-url, the standard's reference implementation, with Node's inspection.
import { URL, URLSearchParams } from 'whatwg-url';
import { toASCII, toUnicode } from './url/domain.js';

const custom = Symbol.for('nodejs.util.inspect.custom');
const SHOWN = [
  'href',
  'origin',
  'protocol',
  'username',
  'password',
  'host',
  'hostname',
  'port',
  'pathname',
  'search',
  'searchParams',
  'hash',
];

/** @typedef {(value: unknown, options?: object) => string} Inspect */

// The bundler renames a class that has the name of a global.
Object.defineProperty(URL, 'name', { value: 'URL', configurable: true });
Object.defineProperty(URLSearchParams, 'name', { value: 'URLSearchParams', configurable: true });

define(
  URL.prototype,
  custom,
  function (/** @type {any} */ depth, /** @type {any} */ options, /** @type {Inspect} */ inspect) {
    if (typeof depth === 'number' && depth < 0) return 'URL {}';
    /** @type {Record<string, unknown>} */
    const shown = {};
    for (const name of SHOWN) shown[name] = this[name];
    return `URL ${inspect(shown, options)}`;
  },
);

define(
  URLSearchParams.prototype,
  custom,
  function (/** @type {any} */ depth, /** @type {any} */ options, /** @type {Inspect} */ inspect) {
    if (typeof depth === 'number' && depth < 0) return '[Object]';
    const pairs = [...this].map(([name, value]) => `${inspect(name, options)} => ${inspect(value, options)}`);
    if (pairs.length === 0) return 'URLSearchParams {}';
    const line = pairs.join(', ');
    return line.length <= 72 ? `URLSearchParams { ${line} }` : `URLSearchParams {\n  ${pairs.join(',\n  ')} }`;
  },
);

/** @param {string} domain */
const domainToASCII = (domain) => toASCII(domain) ?? '';
/** @param {string} domain */
const domainToUnicode = (domain) => toUnicode(domain).domain;

export { URL, URLSearchParams, domainToASCII, domainToUnicode };

/** @param {object} holder @param {symbol} key @param {(this: any, ...args: any[]) => string} value */
function define(holder, key, value) {
  Object.defineProperty(holder, key, { __proto__: null, value, configurable: true, enumerable: false, writable: true });
}
