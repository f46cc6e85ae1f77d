// https://nodejs.org/api/zlib.html on the host's zlib. Brotli is only taken apart, by library/brotli.js; Zstandard is refused.
import constants from './zlib/constants.json';
import { refused } from './refused/refusing.js';
import { streamClass } from './zlib/streams.js';
import { KINDS, bytesOf, computeBeside, computeNow, workOf } from './zlib/work.js';

const { nextTick } = runtime.module('node-bindings');
const { validateFunction, validateUint32 } = runtime.module('node-internals').internals['internal/validators'];

/** @type {Record<string, any>} */
const exported = {
  ...refused(
    'zlib',
    'use gzip or deflate',
    'BrotliCompress ZstdCompress ZstdDecompress brotliCompress brotliCompressSync createBrotliCompress ' +
      'createZstdCompress createZstdDecompress zstdCompress zstdCompressSync zstdDecompress zstdDecompressSync',
  ),
  ...constants,
  constants: Object.freeze({ __proto__: null, ...constants }),
  codes: codesOf(),
  crc32,
};

for (const [name, kind] of Object.entries(KINDS)) {
  const method = name[0].toLowerCase() + name.slice(1);
  const Stream = streamClass(name);
  exported[name] = Stream;
  exported[`create${name}`] = (/** @type {any} */ options) => new Stream(options);
  exported[`${method}Sync`] = (/** @type {unknown} */ data, /** @type {any} */ options) => {
    const bytes = bytesOf(data);
    const work = workOf(kind, options);
    return work.shown
      ? { buffer: asBuffer(computeNow(work, bytes)), engine: new Stream(options) }
      : asBuffer(computeNow(work, bytes));
  };
  exported[method] = (/** @type {unknown} */ data, /** @type {any} */ options, /** @type {any} */ done) => {
    const callback = typeof options === 'function' ? options : done;
    validateFunction(callback, 'callback');
    const work = workOf(kind, typeof options === 'function' ? {} : options);
    computeBeside(work, bytesOf(data)).then(
      (bytes) => nextTick(callback, null, asBuffer(bytes)),
      (error) => nextTick(callback, error),
    );
  };
}

export { exported as 'module.exports' };

/** https://nodejs.org/api/zlib.html#zlibcrc32data-value @param {unknown} data @param {number} [value] */
function crc32(data, value = 0) {
  if (typeof data !== 'string' && !ArrayBuffer.isView(data)) {
    const { codes } = runtime.module('node-internals').internals['internal/errors'];
    throw new codes.ERR_INVALID_ARG_TYPE('data', ['Buffer', 'TypedArray', 'DataView', 'string'], data);
  }
  validateUint32(value, 'value');
  return host.compute('crc32', JSON.stringify({ value }), bytesOf(data)).value;
}

/** Names by number and numbers by name. */
function codesOf() {
  const names = ['Z_OK', 'Z_STREAM_END', 'Z_NEED_DICT', 'Z_ERRNO', 'Z_STREAM_ERROR', 'Z_DATA_ERROR', 'Z_MEM_ERROR'];
  /** @type {Record<string, any>} */
  const codes = {};
  for (const name of [...names, 'Z_BUF_ERROR', 'Z_VERSION_ERROR']) {
    const number = /** @type {any} */ (constants)[name];
    codes[name] = number;
    codes[number] = name;
  }
  return Object.freeze(codes);
}

/** @param {Uint8Array} bytes */
function asBuffer(bytes) {
  return runtime.module('buffer').Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}
