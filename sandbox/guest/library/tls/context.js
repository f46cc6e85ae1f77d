// https://nodejs.org/api/tls.html#tlscreatesecurecontextoptions: certificates as the host takes them, which is PEM.
const { nodeError } = runtime.module('network');
const { TextDecoder } = runtime.module('text-decoder');

const VERSIONS = ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'];

export class SecureContext {
  /** @param {any} [options] */
  constructor(options = {}) {
    if (options.pfx !== undefined && options.pfx !== null) {
      const message =
        'A PFX file cannot be read here: convert it with `openssl pkcs12 -nodes` and give cert and key as PEM';
      throw nodeError(Error, 'ERR_FEATURE_UNAVAILABLE_ON_PLATFORM', message);
    }
    const keys = list(options.key);
    const encrypted = keys.find((key) => key?.passphrase !== undefined);
    this.context = Object.freeze({
      ca: pem(options.ca, 'ca'),
      cert: pem(options.cert, 'cert'),
      key: pem(
        keys.map((key) => key?.pem ?? key),
        'key',
      ),
      passphrase: encrypted?.passphrase ?? options.passphrase ?? null,
      minVersion: version(options.minVersion),
      maxVersion: version(options.maxVersion),
    });
  }
}

/** @param {any} [options] */
export function createSecureContext(options) {
  return new SecureContext(options);
}

/** Whether a connection's protocol is one that the context takes. @param {any} context @param {string} protocol */
export function accepts({ minVersion, maxVersion }, protocol) {
  const at = VERSIONS.indexOf(protocol);
  if (minVersion && at < VERSIONS.indexOf(minVersion)) return false;
  return !maxVersion || at <= VERSIONS.indexOf(maxVersion);
}

/** @param {unknown} value @returns {any[]} */
function list(value) {
  if (value === undefined || value === null || value === false) return [];
  return Array.isArray(value) ? value : [value];
}

/** @param {unknown} value @param {string} name @returns {string | null} */
function pem(value, name) {
  const texts = list(value).map((one) => {
    if (typeof one === 'string') return one;
    if (ArrayBuffer.isView(one)) return new TextDecoder().decode(one);
    const message = `The "options.${name}" property must be of type string or an instance of Buffer, in PEM`;
    throw nodeError(TypeError, 'ERR_INVALID_ARG_TYPE', message);
  });
  return texts.length === 0 ? null : texts.join('\n');
}

/** @param {unknown} value @returns {string | null} */
function version(value) {
  if (value === undefined || value === null) return null;
  if (typeof value === 'string' && VERSIONS.includes(value)) return value;
  const message = `${String(value)} is not a valid TLS protocol version`;
  throw nodeError(TypeError, 'ERR_TLS_INVALID_PROTOCOL_VERSION', message);
}
