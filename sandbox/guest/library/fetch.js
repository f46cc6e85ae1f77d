// https://fetch.spec.whatwg.org/#fetch-method for servers: no origins, no cookies, no cache, no forbidden headers. The host
// does the network's part: names, connections, TLS, redirects, compression, and whether any of it is allowed.
import { read as readDataURL } from './fetch/data-url.js';
import { Exchange } from './fetch/exchange.js';
import { unfetchable } from './fetch/failures.js';
import { needs } from './web/errors.js';

const { listOf } = /** @type {typeof import('./headers.js')} */ (runtime.module('headers'));
const { Body } = /** @type {typeof import('./body.js')} */ (runtime.module('body'));
const { Request, stateOf } = /** @type {typeof import('./request.js')} */ (runtime.module('request'));
const { isNullBody, make } = /** @type {typeof import('./response.js')} */ (runtime.module('response'));

// Every request needs it: it belongs into the image of an action that fetches.
runtime.module('url');

const USER_AGENT = 'Interlock';

/**
 * @param {unknown} input
 * @param {any} [init]
 * @returns {Promise<import('./response.js').Response>}
 */
export async function fetch(input, init = undefined) {
  needs(arguments, 'input');
  const { method, url, headers, body, signal, options } = stateOf(new Request(input, init));
  if (signal?.aborted) {
    body?.cancel(signal.reason);
    throw signal.reason;
  }
  if (url.protocol === 'data:') return dataResponse(url);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') throw unfetchable('unknown scheme');
  const called = new Error();
  /** @type {() => void} */
  let forget = () => undefined;
  const exchange = new Exchange(() => forget());
  if (signal) forget = runtime.module('abort').onAbort(signal, () => exchange.abort(signal.reason));
  try {
    const address = url.hash ? url.href.slice(0, -url.hash.length) : url.href.replace(/#$/, '');
    const request = { method, url: address, headers: withDefaults(listOf(headers)), redirect: options.redirect };
    const answer = await exchange.start(request, body);
    return responseOf(answer, exchange, method, Boolean(signal));
  } catch (reason) {
    forget();
    if (reason !== signal?.reason) tellLine(reason, called);
    throw reason;
  }
}

/** A failure is made when the host answers, where its author has no line: it gets that of the call. @param {any} error @param {Error} called */
function tellLine(error, called) {
  const stack = `${called.stack}`.replace(/^[^\n]*/, () => `${error}`);
  Object.defineProperty(error, 'stack', { value: stack, configurable: true, writable: true });
}

/**
 * @param {import('./fetch/exchange.js').Answer} answer
 * @param {Exchange} exchange
 * @param {string} method
 * @param {boolean} abortable
 */
function responseOf(answer, exchange, method, abortable) {
  let body = null;
  if (method !== 'HEAD' && !isNullBody(answer.status)) {
    // Without a signal nothing can happen any more to a body that has come whole.
    body =
      answer.done && !abortable
        ? new Body(/** @type {any} */ (Uint8Array).fromBase64(answer.body))
        : new Body(null, exchange);
  } else {
    exchange.cancel(undefined);
  }
  return make({
    type: 'basic',
    url: answer.url,
    redirected: answer.redirected,
    status: answer.status,
    statusText: answer.status_text,
    headers: answer.headers,
    body,
  });
}

/** @param {[string, string][]} headers @returns {[string, string][]} */
function withDefaults(headers) {
  const names = headers.map(([name]) => name.toLowerCase());
  const all = [...headers];
  if (!names.includes('accept')) all.push(['accept', '*/*']);
  if (!names.includes('user-agent')) all.push(['user-agent', USER_AGENT]);
  return all;
}

/** @param {any} url */
function dataResponse(url) {
  const data = readDataURL(url);
  if (!data) throw unfetchable('invalid data: URL');
  return make({
    type: 'basic',
    url: url.href,
    redirected: false,
    status: 200,
    statusText: 'OK',
    headers: [['content-type', data.type]],
    body: new Body(data.bytes),
  });
}
