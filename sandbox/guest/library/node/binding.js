// `internalBinding`: what Node's own files ask of Node's C++, as far as those that are bundled here use it.
import { constants, getOwnNonIndexProperties, getPromiseDetails, getProxyDetails } from '../inspect/binding.js';
import * as types from '../inspect/types.js';
import osConstants from './os-constants.json';
import { decoding } from './decoding.js';
import systemErrors from './system-errors.json';

/** @type {Record<string, any>} */
const BINDINGS = {
  __proto__: null,
  buffer: {
    /** @param {Uint8Array} a @param {Uint8Array} b */
    compare: (a, b) => runtime.module('buffer').Buffer.compare(a, b),
  },
  constants: { os: { ...osConstants, signals: osConstants.signals }, trace: {}, zlib: { Z_BUF_ERROR: -5 } },
  diagnostics_channel: { subscribers: [], getOrCreateChannelIndex: () => -1, linkNativeChannel() {} },
  encoding_binding: { toASCII: (/** @type {string} */ domain) => runtime.module('url').domainToASCII(domain) },
  errors: {
    exitCodes: { kNoFailure: 0, kGenericUserError: 1 },
    /** @param {unknown} error */
    triggerUncaughtException(error) {
      throw error;
    },
  },
  messaging: { DOMException },
  os: {},
  stream_wrap: {},
  string_decoder: decoding,
  symbols: {},
  trace_events: { trace() {}, getCategoryEnabledBuffer: () => [0], isTraceCategoryEnabled: () => false },
  types: {
    ...types,
    isSharedArrayBuffer: () => false,
    isProxy: (/** @type {unknown} */ value) => host.proxyDetails(value) !== undefined,
    isGeneratorObject: (/** @type {unknown} */ value) =>
      /^\[object (?:Async)?Generator\]$/.test(Object.prototype.toString.call(value)),
    isEventTarget: () => false,
    isArgumentsObject: types.isArgumentsObject,
    isBigIntObject: types.isBigIntObject,
  },
  url: {
    domainToASCII: (/** @type {string} */ domain) => runtime.module('url').domainToASCII(domain),
    domainToUnicode: (/** @type {string} */ domain) => runtime.module('url').domainToUnicode(domain),
    format: formatUrl,
  },
  url_pattern: {},
  util: {
    constants: { ...constants, SKIP_SYMBOLS: 16, kPending: 0, kFulfilled: 1, kRejected: 2 },
    constructSharedArrayBuffer() {},
    defineLazyProperties() {},
    getCallSites: () => [],
    getOwnNonIndexProperties,
    getPromiseDetails,
    getProxyDetails,
    guessHandleType: () => 'PIPE',
    isInsideNodeModules: () => false,
    parseEnv: (/** @type {string} */ text) => parseEnv(text),
    privateSymbols: {
      arrow_message_private_symbol: Symbol('arrow'),
      decorated_private_symbol: Symbol('decorated'),
    },
    sleep() {},
    toUSVString: (/** @type {string} */ text) => text.toWellFormed(),
  },
  uv: {
    getErrorMap: () => new Map(Object.entries(systemErrors).map(([number, names]) => [Number(number), names])),
    ...Object.fromEntries(Object.entries(systemErrors).map(([number, [name]]) => [`UV_${name}`, Number(number)])),
    getErrorMessage: (/** @type {number} */ number) =>
      /** @type {any} */ (systemErrors)[number]?.[1] ?? `Unknown system error ${number}`,
    errname: (/** @type {number} */ number) =>
      /** @type {any} */ (systemErrors)[number]?.[0] ?? `Unknown system error ${number}`,
  },
};

/** @param {string} name */
export function internalBinding(name) {
  const binding = BINDINGS[name];
  if (!binding) throw new Error(`No such binding: ${name}`);
  return binding;
}

/** @param {string} href @param {boolean} hash @param {boolean} unicode @param {boolean} search @param {boolean} auth */
function formatUrl(href, hash, unicode, search, auth) {
  const { URL, domainToUnicode } = runtime.module('url');
  const url = new URL(href);
  if (!hash) url.hash = '';
  if (!search) url.search = '';
  if (!auth) url.username = url.password = '';
  const { hostname } = url;
  return unicode && hostname ? url.href.replace(hostname, () => domainToUnicode(hostname)) : url.href;
}

/** https://nodejs.org/api/util.html#utilparseenvcontent @param {string} text */
function parseEnv(text) {
  /** @type {Record<string, string>} */
  const values = {};
  const line =
    /^[ \t]*(?:export[ \t]+)?([\w.-]+)[ \t]*=[ \t]*("(?:[^"])*"|'(?:[^'])*'|`(?:[^`])*`|[^\n#]*)?[ \t]*(?:#.*)?$/gm;
  for (const [, name, raw = ''] of text.replaceAll('\r\n', '\n').matchAll(line)) {
    const value = raw.trim();
    const quote = /^(["'`])([^]*)\1$/.exec(value);
    values[name] = !quote ? value : quote[1] === '"' ? quote[2].replaceAll('\\n', '\n') : quote[2];
  }
  return values;
}
