// https://fetch.spec.whatwg.org/#request-class. What is about browsers alone (mode, credentials, cache, referrer, integrity
// and the like) is checked, remembered, and has no effect.
import { parse } from './request/address.js';
import { toByteText, toText } from './web/convert.js';
import { needs } from './web/errors.js';
import { expose, showAs } from './web/interface.js';

const { Headers, fromList, isHeaders, listOf } = /** @type {typeof import('./headers.js')} */ (
  runtime.module('headers')
);
const { extract, mixBody } = /** @type {typeof import('./body.js')} */ (runtime.module('body'));

const METHOD = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const REFUSED_METHODS = ['CONNECT', 'TRACE', 'TRACK'];
const UPPERCASED_METHODS = ['DELETE', 'GET', 'HEAD', 'OPTIONS', 'POST', 'PUT'];
const CHOICES = {
  cache: ['default', 'no-store', 'reload', 'no-cache', 'force-cache', 'only-if-cached'],
  credentials: ['same-origin', 'include', 'omit'],
  mode: ['cors', 'no-cors', 'same-origin', 'navigate'],
  priority: ['auto', 'high', 'low'],
  redirect: ['follow', 'error', 'manual'],
  referrerPolicy: [
    '',
    'no-referrer',
    'no-referrer-when-downgrade',
    'same-origin',
    'origin',
    'strict-origin',
    'origin-when-cross-origin',
    'strict-origin-when-cross-origin',
    'unsafe-url',
  ],
};
const SHOWN = [
  'method',
  'url',
  'headers',
  'destination',
  'referrer',
  'referrerPolicy',
  'mode',
  'credentials',
  'cache',
  'redirect',
  'integrity',
  'keepalive',
  'isReloadNavigation',
  'isHistoryNavigation',
  'signal',
];

/**
 * @typedef {object} State
 * @property {string} method
 * @property {import('./request/address.js').Address} url
 * @property {import('./headers.js').Headers} headers
 * @property {import('./body.js').Body | null} body
 * @property {any} signal the one that was given
 * @property {any} followed a signal of the request's own, made when it is asked for
 * @property {Record<'cache' | 'credentials' | 'mode' | 'redirect' | 'referrerPolicy' | 'referrer' | 'integrity', string> & { keepalive: boolean }} options
 */

/** @type {(value: unknown) => State} */
let stateOf;
/** @type {(value: unknown) => value is Request} */
let isRequest;

export class Request {
  /** @type {State} */
  #state;

  /** @param {unknown} input @param {any} [init] */
  constructor(input, init) {
    needs(arguments, 'input');
    if (init !== undefined && init !== null && typeof init !== 'object' && typeof init !== 'function')
      throw new TypeError('Request constructor: Argument 2 ("init") must be an object.');
    const given = init ?? {};
    const from = isRequest(input) ? input.#state : null;
    const url = from ? from.url : parsed(input);
    if ('window' in given && given.window !== undefined && given.window !== null)
      throw new TypeError("'window' option must be null");
    const method = given.method === undefined ? (from?.method ?? 'GET') : checkedMethod(given.method);
    const signal = given.signal === undefined ? from?.signal : given.signal;
    if (signal !== undefined && signal !== null && !runtime.module('abort').isSignal(signal))
      throw new TypeError('Request constructor: Expected signal to be an instance of AbortSignal.');
    const headers = given.headers === undefined && from ? fromList(listOf(from.headers)) : copied(given.headers);
    this.#state = {
      method,
      url,
      headers,
      body: null,
      signal: signal ?? null,
      followed: null,
      options: optionsOf(given, from),
    };
    this.#state.body = this.#bodyFrom(given, from);
  }

  get method() {
    return this.#state.method;
  }

  get url() {
    return this.#state.url.href;
  }

  get headers() {
    return this.#state.headers;
  }

  get destination() {
    return '';
  }

  get referrer() {
    return this.#state.options.referrer;
  }

  get referrerPolicy() {
    return this.#state.options.referrerPolicy;
  }

  get mode() {
    return this.#state.options.mode;
  }

  get credentials() {
    return this.#state.options.credentials;
  }

  get cache() {
    return this.#state.options.cache;
  }

  get redirect() {
    return this.#state.options.redirect;
  }

  get integrity() {
    return this.#state.options.integrity;
  }

  get keepalive() {
    return this.#state.options.keepalive;
  }

  get isReloadNavigation() {
    return false;
  }

  get isHistoryNavigation() {
    return false;
  }

  /** @returns {any} one that follows the signal that was given */
  get signal() {
    const state = this.#state;
    return (state.followed ??= runtime.module('abort').AbortSignal.any(state.signal ? [state.signal] : []));
  }

  get duplex() {
    return 'half';
  }

  clone() {
    const state = this.#state;
    if (state.body?.unusable) throw new TypeError('unusable');
    const copy = new Request(state.url.href);
    copy.#state = {
      ...state,
      headers: fromList(listOf(state.headers)),
      body: state.body?.clone() ?? null,
      followed: null,
    };
    return copy;
  }

  /** @param {any} init @param {State | null} from */
  #bodyFrom(init, from) {
    const { method, headers } = this.#state;
    const given = init.body !== undefined && init.body !== null;
    if ((given || from?.body) && (method === 'GET' || method === 'HEAD'))
      throw new TypeError('Request with GET/HEAD method cannot have body.');
    if (!given) {
      if (from?.body?.unusable)
        throw new TypeError('Cannot construct a Request with a Request object that has already been used.');
      return from?.body?.move() ?? null;
    }
    if (init.duplex !== undefined && init.duplex !== 'half')
      throw new TypeError(`Request constructor: ${init.duplex} is not an accepted type. Expected one of half.`);
    const { body, type } = extract(init.body);
    if (body.bytes === null && init.duplex === undefined)
      throw new TypeError('RequestInit: duplex option is required when sending a body.');
    if (body.bytes === null && init.keepalive) throw new TypeError('keepalive');
    if (type !== null && !headers.has('content-type')) headers.append('content-type', type);
    return body;
  }

  static {
    isRequest = /** @returns {value is Request} */ (value) =>
      typeof value === 'object' && value !== null && #state in value;
    stateOf = (value) => {
      if (!isRequest(value)) throw new TypeError('Illegal invocation');
      return value.#state;
    };
  }
}

mixBody(
  Request,
  (self) => stateOf(self).body,
  (self) => stateOf(self).headers.get('content-type'),
);
expose(Request, 'Request');
showAs(Request, (request) => Object.fromEntries(SHOWN.map((name) => [name, request[name]])));

export { isRequest, stateOf };

/** @param {unknown} input */
function parsed(input) {
  const text = toText(input);
  let url;
  try {
    url = parse(text);
  } catch (cause) {
    throw new TypeError(`Failed to parse URL from ${text}`, { cause });
  }
  if (url.username || url.password)
    throw new TypeError(`Request cannot be constructed from a URL that includes credentials: ${text}`);
  return url;
}

/** @param {unknown} value */
function checkedMethod(value) {
  const method = toByteText(value, 'Request method');
  const upper = method.toUpperCase();
  if (!METHOD.test(method)) throw new TypeError(`'${method}' is not a valid HTTP method.`);
  if (REFUSED_METHODS.includes(upper)) throw new TypeError(`'${method}' HTTP method is unsupported.`);
  return UPPERCASED_METHODS.includes(upper) ? upper : method;
}

/** @param {unknown} init */
function copied(init) {
  return isHeaders(init) ? fromList(listOf(init)) : new Headers(init);
}

/** @param {any} init @param {State | null} from @returns {State['options']} */
function optionsOf(init, from) {
  /** @param {keyof typeof CHOICES} key @param {string} missing */
  const choice = (key, missing) => {
    if (init[key] === undefined) return missing;
    const value = `${init[key]}`;
    if (!CHOICES[key].includes(value))
      throw new TypeError(
        `Request constructor: ${value} is not an accepted type. Expected one of ${CHOICES[key].join(', ')}.`,
      );
    return value;
  };
  choice('priority', 'auto');
  const before = from?.options;
  const mode = choice('mode', before?.mode ?? 'cors');
  if (mode === 'navigate') throw new TypeError('Request constructor: invalid request mode navigate.');
  const cache = choice('cache', before?.cache ?? 'default');
  if (cache === 'only-if-cached' && mode !== 'same-origin')
    throw new TypeError("'only-if-cached' can be set only with 'same-origin' mode");
  return {
    cache,
    credentials: choice('credentials', before?.credentials ?? 'same-origin'),
    mode,
    redirect: choice('redirect', before?.redirect ?? 'follow'),
    referrerPolicy: choice('referrerPolicy', before?.referrerPolicy ?? ''),
    // An address is of another origin than the program, which has none: then there is no referrer to tell.
    referrer: init.referrer === '' ? '' : (before?.referrer ?? 'about:client'),
    integrity: init.integrity === undefined ? (before?.integrity ?? '') : toText(init.integrity),
    keepalive: init.keepalive === undefined ? (before?.keepalive ?? false) : Boolean(init.keepalive),
  };
}
