// https://nodejs.org/api/zlib.html#class-zlibzlibbase: streams that keep what is written until its end and then compute at
// once, with a bound. So nothing comes out of one that is never ended.
import { Transform } from 'node:stream';
import { KINDS, bytesOf, computeBeside, joined, workOf } from './work.js';

/** As much as the host takes in one computation. */
const MOST_BYTES = 16 * 1024 * 1024;
const { nextTick } = runtime.module('node-bindings');

/** @param {string} name of one of KINDS @returns {any} its class, also called without `new` */
export function streamClass(name) {
  const kind = KINDS[name];

  class Stream extends Transform {
    bytesWritten = 0;
    /** @type {Uint8Array[]} */
    #chunks = [];
    #work;

    /** @param {any} [options] */
    constructor(options) {
      const work = workOf(kind, options);
      super({ autoDestroy: true, ...options });
      this.#work = work;
    }

    /** @param {any} chunk @param {string} encoding @param {(error?: unknown) => void} done */
    _transform(chunk, encoding, done) {
      const bytes = typeof chunk === 'string' ? runtime.module('buffer').Buffer.from(chunk, encoding) : bytesOf(chunk);
      this.bytesWritten += bytes.length;
      if (this.bytesWritten > MOST_BYTES)
        done(new RangeError(`zlib.${name}: more than ${MOST_BYTES} bytes were written`));
      else {
        this.#chunks.push(bytes.slice());
        done();
      }
    }

    /** @param {(error?: unknown, data?: unknown) => void} done */
    _flush(done) {
      const input = joined(this.#chunks, this.bytesWritten);
      this.#chunks = [];
      computeBeside(this.#work, input).then(
        (bytes) => done(null, runtime.module('buffer').Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)),
        done,
      );
    }

    /** Nothing can be flushed before the end. @param {any} [kindOrDone] @param {Function} [done] */
    flush(kindOrDone, done) {
      const callback = typeof kindOrDone === 'function' ? kindOrDone : done;
      if (callback) nextTick(callback);
    }

    /** @param {number} level @param {number} strategy @param {Function} done */
    params(level, strategy, done) {
      this.#work = workOf(kind, { level, strategy });
      nextTick(done);
    }

    reset() {
      this.#chunks = [];
      this.bytesWritten = 0;
    }

    /** @param {Function} [done] */
    close(done) {
      if (done) this.once('close', done);
      this.destroy();
    }
  }

  return new Proxy(Object.defineProperty(Stream, 'name', { value: name }), {
    apply: (_, self, [options]) => (void self, new Stream(options)),
  });
}
