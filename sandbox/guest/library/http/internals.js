// Node's own internals that its HTTP client asks for, as far as a guest has them: nobody observes performance or hooks here,
// and timers are the guest's.
import { MOST_HEAD } from './parser.js';
import { validDelay } from '../net/idle.js';

const { URL } = runtime.module('url');

// internal/async_hooks
export const symbols = { async_id_symbol: Symbol('asyncId') };

/** @param {unknown} _id @param {Function} block @param {...any} args */
export function defaultTriggerAsyncIdScope(_id, block, ...args) {
  return Reflect.apply(block, null, args);
}

// internal/perf/observe
export const hasObserver = () => false;
export const startPerf = () => {};
export const stopPerf = () => {};

// internal/timers
export const getTimerDuration = validDelay;

/** What it would forget is forgotten at once: a timer is a host operation. @param {() => void} forget */
export function setUnrefTimeout(forget) {
  queueMicrotask(forget);
}

// internal/stream_base_commons, stream_wrap: a connection without another reader has none.
export const onStreamRead = null;
export const kReadBytesOrError = 0;
export const streamBaseState = [0];

// internal/net
export const { isIP, isIPv4, isIPv6 } = runtime.module('net');

// internal/url
export { URL };

/** @param {any} value */
export function isURL(value) {
  return Boolean(value?.href && value.protocol && value.auth === undefined && value.path === undefined);
}

/** https://nodejs.org/api/url.html#urlurltohttpoptionsurl @param {any} url */
export function urlToHttpOptions(url) {
  const { hostname, pathname, port, username, password, search } = url;
  /** @type {any} */
  const options = {
    __proto__: null,
    ...url,
    protocol: url.protocol,
    hostname: hostname && hostname[0] === '[' ? hostname.slice(1, -1) : hostname,
    hash: url.hash,
    search,
    pathname,
    path: `${pathname || ''}${search || ''}`,
    href: url.href,
  };
  if (port !== '') options.port = Number(port);
  if (username || password) options.auth = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return options;
}

// internal/options
/** @param {string} name */
export function getOptionValue(name) {
  return name === '--max-http-header-size' ? MOST_HEAD : undefined;
}
