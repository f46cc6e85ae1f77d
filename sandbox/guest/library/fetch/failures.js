// Failures as Node's fetch has them: a TypeError whose `cause` says what happened, with Node's code for it where there is one
// and the host's reason in any case.

/** The host's reasons and what Node calls them. @type {Record<string, string>} */
const CODES = {
  dns_failed: 'ENOTFOUND',
  connect_refused: 'ECONNREFUSED',
  connect_failed: 'EHOSTUNREACH',
  connect_timeout: 'UND_ERR_CONNECT_TIMEOUT',
  connection_closed: 'ECONNRESET',
  egress_denied: 'EACCES',
};

/** Words of Node's that programs look for. @type {Record<string, string>} */
const MESSAGES = { too_many_redirects: 'redirect count exceeded', redirect_refused: 'unexpected redirect' };

/**
 * What may well succeed when it is tried again: these keep the very message that programs look for before they try. Any
 * other is a refusal, whose message its author has to read.
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
  return new TypeError(OF_THE_NETWORK.includes(code) ? message : `${message}: ${reason}`, { cause });
}

/** @param {string} why @returns {TypeError} */
export function unfetchable(why) {
  return new TypeError('fetch failed', { cause: new Error(why) });
}
