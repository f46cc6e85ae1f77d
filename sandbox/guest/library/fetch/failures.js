// Failures as Node's fetch has them: a TypeError whose `cause` says what happened, with Node's code for it where there is one
// and the host's reason in any case.

/** The host's reasons and what Node calls them. @type {Record<string, string>} */
const CODES = {
  dns_failed: 'ENOTFOUND',
  connect_refused: 'ECONNREFUSED',
  connect_failed: 'EHOSTUNREACH',
  connect_timeout: 'UND_ERR_CONNECT_TIMEOUT',
  connection_closed: 'UND_ERR_SOCKET',
  egress_denied: 'EACCES',
};

/** Words of Node's that programs look for. @type {Record<string, string>} */
const MESSAGES = { too_many_redirects: 'redirect count exceeded', redirect_refused: 'unexpected redirect' };

/**
 * What may well succeed when it is tried again: a program that looks for the very message of Node before it tries finds it.
 * Any other is a refusal, whose message its author has to read.
 */
const OF_THE_NETWORK = [
  'dns_failed',
  'connect_refused',
  'connect_failed',
  'connect_timeout',
  'tls_failed',
  'connection_closed',
  'http_failed',
  'too_many_redirects',
  'redirect_refused',
];

/**
 * @param {{ code: string, message: string }} failure the host's
 * @param {'fetch failed' | 'terminated'} [message] the latter when a response had come
 * @returns {TypeError}
 */
export function failed({ code, message: reason }, message = 'fetch failed') {
  const known = Object.hasOwn(MESSAGES, code) ? MESSAGES[code] : undefined;
  const cause = Object.assign(new Error(known ?? reason), {
    code: Object.hasOwn(CODES, code) ? CODES[code] : code,
    reason: code,
  });
  // One that nothing catches is reported with what happened, whatever its message is to the program.
  const error = runtime.codedError(TypeError, 'action_error', `${message}: ${cause.message}`, 'TypeError');
  hide(error, 'cause', cause);
  if (OF_THE_NETWORK.includes(code)) hide(error, 'message', message);
  return error;
}

/** @param {string} why @returns {TypeError} */
export function unfetchable(why) {
  return new TypeError('fetch failed', { cause: new Error(why) });
}

/** @param {object} holder @param {string} key @param {unknown} value */
function hide(holder, key, value) {
  Object.defineProperty(holder, key, { value, configurable: true, writable: true });
}
