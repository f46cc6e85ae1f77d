// The host's reasons as the errors that Node's network modules give: https://nodejs.org/api/errors.html#nodejs-error-codes

/** Linux's numbers, and those of libuv for names. @type {Record<string, number>} */
const ERRNO = {
  EACCES: -13,
  EAI_AGAIN: -3001,
  ECONNREFUSED: -111,
  ECONNRESET: -104,
  EDQUOT: -122,
  EHOSTUNREACH: -113,
  EINVAL: -22,
  EMFILE: -24,
  ENOTFOUND: -3008,
  EPIPE: -32,
  EPROTO: -71,
  ETIMEDOUT: -110,
};

/** What each reason is to Node, while connecting. @type {Record<string, string>} */
const CONNECTING = {
  bad_request: 'EINVAL',
  connect_failed: 'EHOSTUNREACH',
  connect_refused: 'ECONNREFUSED',
  connect_timeout: 'ETIMEDOUT',
  connection_closed: 'ECONNRESET',
  dns_failed: 'ENOTFOUND',
  egress_denied: 'EACCES',
  egress_unavailable: 'EACCES',
  http_failed: 'ECONNRESET',
  tls_refused: 'EACCES',
  too_many_bytes: 'EDQUOT',
  too_many_connections: 'EMFILE',
  unknown_operation: 'EACCES',
};

/** Codes of which Node's sentence says all that there is to know; the others carry the host's message. */
const SELF_EVIDENT = new Set(['ECONNREFUSED', 'ECONNRESET', 'ENOTFOUND', 'EPIPE', 'ETIMEDOUT']);

/** OpenSSL's sentences and the codes Node gives them: https://nodejs.org/api/tls.html#x509-certificate-error-codes */
const CERTIFICATE = /** @type {[RegExp, string][]} */ ([
  [/self[- ]signed certificate in certificate chain/i, 'SELF_SIGNED_CERT_IN_CHAIN'],
  [/self[- ]signed certificate/i, 'DEPTH_ZERO_SELF_SIGNED_CERT'],
  [/unable to get local issuer certificate/i, 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY'],
  [/unable to verify the first certificate/i, 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'],
  [/certificate has expired/i, 'CERT_HAS_EXPIRED'],
  [/certificate is not yet valid/i, 'CERT_NOT_YET_VALID'],
  [/(host ?name|ip address) mismatch|is not valid for|doesn't match/i, 'ERR_TLS_CERT_ALTNAME_INVALID'],
  [/wrong version number/i, 'ERR_SSL_WRONG_VERSION_NUMBER'],
  [/closed the connection during the handshake|unexpected eof/, 'ECONNRESET'],
]);

/**
 * @typedef {{ syscall: string, host?: string, address?: string, port?: number }} Where
 * @typedef {{ code: string, message: string }} Failure
 */

/**
 * @param {Failure} failure what the host said
 * @param {Where} where
 * @returns {Error}
 */
export function failed(failure, where) {
  if (failure.code === 'tls_failed') return tlsError(failure.message);
  if (failure.code === 'dns_failed') return lookupError(failure, where);
  let code = CONNECTING[failure.code] ?? 'ECONNRESET';
  if (failure.code === 'connection_closed' && where.syscall === 'write') code = 'EPIPE';
  return systemError(code, where, SELF_EVIDENT.has(code) ? '' : failure.message);
}

/**
 * @param {string} code
 * @param {Where} where
 * @param {string} [hint] what the host said of it
 * @returns {Error} with errno, code, syscall and what is known of the peer
 */
export function systemError(code, { syscall, host, address, port }, hint = '') {
  const peer = address ?? host;
  const place = peer === undefined || port === undefined ? '' : ` ${peer}:${port}`;
  const error = new Error(`${syscall} ${code}${place}${hint && ` - ${hint}`}`);
  const fields = { errno: ERRNO[code], code, syscall };
  return Object.assign(error, fields, peer !== undefined && { address: peer }, port !== undefined && { port });
}

/**
 * An error of Node's own, of which only the code is looked at.
 * @param {ErrorConstructor | TypeErrorConstructor | RangeErrorConstructor} Base
 * @param {string} code @param {string} message @param {object} [fields]
 * @returns {Error}
 */
export function nodeError(Base, code, message, fields) {
  return Object.assign(new Base(message), { code }, fields);
}

/** @param {Failure} failure @param {Where} where */
function lookupError(failure, { host = '' }) {
  const code = / in time for |: try again$/.test(failure.message) ? 'EAI_AGAIN' : 'ENOTFOUND';
  const error = new Error(`getaddrinfo ${code} ${host}`);
  return Object.assign(error, { errno: ERRNO[code], code, syscall: 'getaddrinfo', hostname: host });
}

/** @param {string} message */
function tlsError(message) {
  const code = CERTIFICATE.find(([sentence]) => sentence.test(message))?.[1] ?? 'EPROTO';
  return nodeError(Error, code, message);
}
