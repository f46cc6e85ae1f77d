// Errors of a file system as Node words them.

const NUMBERS = { EBADF: -9, ENOENT: -2, ENOTDIR: -20, EROFS: -30, EISDIR: -21, EINVAL: -22 };
const TEXTS = {
  EBADF: 'bad file descriptor',
  EINVAL: 'invalid argument',
  EISDIR: 'illegal operation on a directory',
  ENOENT: 'no such file or directory',
  ENOTDIR: 'not a directory',
  EROFS: 'read-only file system',
};
const ADVICE = 'an action has no files to write: keep data in api.cache, or send it to a service';

/**
 * @param {keyof typeof NUMBERS} code @param {string} syscall @param {unknown} [path] @param {unknown} [dest]
 * @returns {Error}
 */
export function failure(code, syscall, path, dest) {
  const from = path === undefined ? '' : ` '${path}'`;
  const to = dest === undefined ? '' : ` -> '${dest}'`;
  const error = new Error(`${code}: ${TEXTS[code]}, ${syscall}${from}${to}${code === 'EROFS' ? ` (${ADVICE})` : ''}`);
  return Object.assign(error, {
    errno: NUMBERS[code],
    code,
    syscall,
    ...(path === undefined ? {} : { path: `${path}` }),
    ...(dest === undefined ? {} : { dest: `${dest}` }),
  });
}

/** @param {unknown} path a string, Buffer or file URL @returns {string} checked as Node does */
export function pathOf(path) {
  const { codes } = runtime.module('node-internals').internals['internal/errors'];
  let text;
  if (typeof path === 'string') text = path;
  else if (path instanceof Uint8Array) text = runtime.module('buffer').Buffer.from(path).toString();
  else if (typeof (/** @type {any} */ (path)?.href) === 'string') text = runtime.module('node-url').fileURLToPath(path);
  else throw new codes.ERR_INVALID_ARG_TYPE('path', ['string', 'Buffer', 'URL'], path);
  if (text.includes('\0')) {
    throw new codes.ERR_INVALID_ARG_VALUE('path', text, 'must be a string, Uint8Array, or URL without null bytes');
  }
  return text;
}
