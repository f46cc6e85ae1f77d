// https://fetch.spec.whatwg.org/#response-class
import { toByteText, toText } from './web/convert.js';
import { needs } from './web/errors.js';
import { expose, showAs } from './web/interface.js';

const { Headers, freeze, fromList, isHeaders, listOf } = /** @type {typeof import('./headers.js')} */ (
  runtime.module('headers')
);
const { Body, extract, mixBody } = /** @type {typeof import('./body.js')} */ (runtime.module('body'));

const NULL_BODY = [101, 103, 204, 205, 304];
const REDIRECTS = [301, 302, 303, 307, 308];
const REASON = /^[\t\x20-\x7e\x80-\xff]*$/;

/**
 * @typedef {object} State
 * @property {'default' | 'basic' | 'error'} type
 * @property {string} url
 * @property {boolean} redirected
 * @property {number} status
 * @property {string} statusText
 * @property {import('./headers.js').Headers} headers
 * @property {import('./body.js').Body | null} body
 */

/** @type {(value: unknown) => State} */
let stateOf;
/** A response of the network: its headers cannot be changed. @type {(state: Omit<State, 'headers'> & { headers: [string, string][] }) => Response} */
let make;

export class Response {
  /** @type {State} */
  #state;

  /** @param {unknown} [body] @param {any} [init] */
  constructor(body = null, init) {
    if (init !== undefined && init !== null && typeof init !== 'object' && typeof init !== 'function')
      throw new TypeError('Response constructor: Argument 2 ("init") must be an object.');
    this.#state = initial(init ?? {});
    if (body === null || body === undefined) return;
    const extracted = extract(body);
    give(this.#state, extracted.body, extracted.type);
  }

  /** @returns {Response} a network error */
  static error() {
    return make({ type: 'error', url: '', redirected: false, status: 0, statusText: '', headers: [], body: null });
  }

  /** @param {unknown} data @param {any} [init] */
  static json(data, init) {
    needs(arguments, 'data');
    const text = JSON.stringify(data);
    if (text === undefined) throw new TypeError('Value is not JSON serializable');
    const response = new Response(null, init);
    give(response.#state, new Body(host.utf8Encode(text)), 'application/json');
    return response;
  }

  /** @param {unknown} url @param {unknown} [status] */
  static redirect(url, status = 302) {
    needs(arguments, 'url');
    const text = toText(url);
    let location;
    try {
      location = new (runtime.module('url').URL)(text).href;
    } catch (cause) {
      throw new TypeError(`Failed to parse URL from ${text}`, { cause });
    }
    const code = Number(status) & 0xffff;
    if (!REDIRECTS.includes(code)) throw new RangeError(`Invalid status code ${code}`);
    return make({
      type: 'default',
      url: '',
      redirected: false,
      status: code,
      statusText: '',
      headers: [['location', location]],
      body: null,
    });
  }

  get type() {
    return this.#state.type;
  }

  get url() {
    return this.#state.url;
  }

  get redirected() {
    return this.#state.redirected;
  }

  get status() {
    return this.#state.status;
  }

  get ok() {
    return this.#state.status >= 200 && this.#state.status <= 299;
  }

  get statusText() {
    return this.#state.statusText;
  }

  get headers() {
    return this.#state.headers;
  }

  clone() {
    const state = this.#state;
    if (state.body?.unusable) throw new TypeError('Response.clone: Body has already been consumed.');
    const headers = listOf(state.headers);
    const body = state.body?.clone() ?? null;
    if (state.type !== 'default') return make({ ...state, headers, body });
    const copy = new Response();
    copy.#state = { ...state, headers: fromList(headers), body };
    return copy;
  }

  static {
    stateOf = (value) => {
      if (typeof value !== 'object' || value === null || !(#state in value)) throw new TypeError('Illegal invocation');
      return value.#state;
    };
    make = (state) => {
      const response = new Response();
      const headers = fromList(state.headers);
      freeze(headers);
      response.#state = { ...state, headers };
      return response;
    };
  }
}

mixBody(
  Response,
  (self) => stateOf(self).body,
  (self) => stateOf(self).headers.get('content-type'),
);
expose(Response, 'Response');
showAs(Response, ({ status, statusText, headers, body, bodyUsed, ok, redirected, type, url }) => ({
  status,
  statusText,
  headers,
  body,
  bodyUsed,
  ok,
  redirected,
  type,
  url,
}));

export { make };

/** Whether an answer of this status has no body, whatever came. @param {number} status */
export function isNullBody(status) {
  return NULL_BODY.includes(status);
}

/** @param {any} init @returns {State} */
function initial(init) {
  const status = init.status === undefined ? 200 : Number(init.status) & 0xffff;
  if (status < 200 || status > 599)
    throw new RangeError('init["status"] must be in the range of 200 to 599, inclusive.');
  const statusText = init.statusText === undefined ? '' : toByteText(init.statusText, 'Response statusText');
  if (!REASON.test(statusText)) throw new TypeError('Invalid statusText');
  const headers = isHeaders(init.headers) ? fromList(listOf(init.headers)) : new Headers(init.headers);
  return { type: 'default', url: '', redirected: false, status, statusText, headers, body: null };
}

/** @param {State} state @param {import('./body.js').Body} body @param {string | null} type */
function give(state, body, type) {
  if (isNullBody(state.status))
    throw new TypeError(`Response constructor: Invalid response status code ${state.status}`);
  state.body = body;
  if (type !== null && !state.headers.has('content-type')) state.headers.append('content-type', type);
}
