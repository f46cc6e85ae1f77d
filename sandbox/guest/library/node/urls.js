// Node's internal/url: what its other files take of it beside the classes, which are those of this runtime.
import { isURL } from './is-url.js';

export const { URL, URLSearchParams, domainToASCII, domainToUnicode } = runtime.module('url');

export const unsafeProtocol = new Set(['javascript', 'javascript:']);
export const hostlessProtocol = unsafeProtocol;
export const slashedProtocol = new Set(
  ['http', 'https', 'ftp', 'gopher', 'file', 'ws', 'wss'].flatMap((name) => [name, `${name}:`]),
);

const { codes } = runtime.module('node-internals').internals['internal/errors'];

export { isURL };

/** https://nodejs.org/api/url.html#urlurltohttpoptionsurl @param {any} url */
export function urlToHttpOptions(url) {
  if (typeof url !== 'object' || url === null) throw runtime.invalidArgument('url', 'of type object', url);
  const { hostname, pathname, port, username, password, search } = url;
  return {
    __proto__: null,
    ...url,
    protocol: url.protocol,
    hostname: hostname?.startsWith('[') ? hostname.slice(1, -1) : hostname,
    hash: url.hash,
    search,
    pathname,
    path: `${pathname || ''}${search || ''}`,
    href: url.href,
    ...(port === '' ? {} : { port: Number(port) }),
    ...(username || password ? { auth: `${decodeURIComponent(username)}:${decodeURIComponent(password)}` } : {}),
  };
}

/** https://nodejs.org/api/url.html#urlfileurltopathurl-options @param {any} url */
export function fileURLToPath(url) {
  const parsed = typeof url === 'string' ? new URL(url) : url;
  if (!isURL(parsed)) throw new codes.ERR_INVALID_ARG_TYPE('path', ['string', 'URL'], url);
  if (parsed.protocol !== 'file:') throw new codes.ERR_INVALID_URL_SCHEME('file');
  if (parsed.hostname !== '') throw new codes.ERR_INVALID_FILE_URL_HOST('linux');
  if (/%2f/i.test(parsed.pathname)) {
    throw new codes.ERR_INVALID_FILE_URL_PATH('must not include encoded / characters', parsed);
  }
  return decodeURIComponent(parsed.pathname);
}

/** @param {any} url */
export function fileURLToPathBuffer(url) {
  return runtime.module('buffer').Buffer.from(fileURLToPath(url));
}

const ENCODED = /[%\\\n\r\t?#]/g;

/** https://nodejs.org/api/url.html#urlpathtofileurlpath-options @param {string} path */
export function pathToFileURL(path) {
  if (typeof path !== 'string') throw runtime.invalidArgument('path', 'of type string', path);
  const resolved = runtime.module('path').resolve(path) + (/[^/]\/$/.test(path) ? '/' : '');
  const url = new URL('file:///');
  url.pathname = resolved.replace(
    ENCODED,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
  );
  return url;
}
