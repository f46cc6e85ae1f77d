// One request and its answer as host operations. It is the source of the response's body, too.
import { failed } from './failures.js';
import { room } from './outgoing.js';

const PIECE_BYTES = 65536;
/** A body of at most this size goes out with the request, and can follow a redirect; a larger one is sent piece by piece. */
const INLINE_BYTES = 1 << 20;
const { fromBase64 } = /** @type {any} */ (Uint8Array);
const { toBase64 } = /** @type {any} */ (Uint8Array.prototype);
const { cancelOperation, jsonText, startOperation } = runtime;

/** What the answer to fetch.start is. @typedef {{ url: string, redirected: boolean, status: number, status_text: string, headers: [string, string][], body: string, done: boolean, stream: number | null }} Answer */

let uploads = 0;

export class Exchange {
  /** Operations under way: how each is rejected. @type {Map<number, (reason: unknown) => void>} */
  #underWay = new Map();
  /** The answer's stream on the host. @type {number | null} */
  #stream = null;
  /** What came with the answer and was not read yet. */
  #first = new Uint8Array(0);
  #done = false;
  /** Everything was read, or it failed: nothing can be aborted any more. */
  #over = false;
  /** @type {{ reason: unknown } | null} */
  #failure = null;
  /** @type {(reason: unknown) => void} */
  #whenFailed = () => undefined;
  /** @type {() => void} */
  #whenOver;

  /** @param {() => void} whenOver called when nothing can be aborted any more */
  constructor(whenOver) {
    this.#whenOver = whenOver;
  }

  /**
   * @param {{ method: string, url: string, headers: [string, string][], redirect: string }} request
   * @param {import('../body.js').Body | null} body
   * @returns {Promise<Answer>} when the headers have come
   */
  async start(request, body) {
    const bytes = body?.bytes ?? null;
    const streams = body !== null && (bytes === null || bytes.length > INLINE_BYTES);
    const upload = streams ? { upload: ++uploads } : {};
    const headers = streams && bytes ? withLength(request.headers, bytes.length) : request.headers;
    const inline = bytes && !streams ? toBase64.call(bytes) : null;
    const args = { ...request, headers, body: inline, streams, decompress: true, ...upload };
    const sent = inline ? await room(inline.length) : null;
    if (this.#failure) throw this.#failure.reason;
    const answering = this.#ask('fetch.start', args, 'fetch failed').finally(sent);
    if (streams && body) this.#upload(uploads, body).catch((reason) => this.abort(reason));
    const answer = await answering;
    this.#stream = answer.stream;
    this.#first = fromBase64(answer.body);
    this.#done = answer.done || answer.stream === null;
    return answer;
  }

  /** The next piece of the answer's body; null at its end. @returns {Promise<Uint8Array | null>} */
  async read() {
    for (;;) {
      if (this.#failure) throw this.#failure.reason;
      if (this.#first.length) {
        const piece = this.#first;
        this.#first = new Uint8Array(0);
        if (this.#done) this.#end();
        return piece;
      }
      if (this.#done) {
        this.#end();
        return null;
      }
      const { data, done } = await this.#ask('fetch.read', { stream: this.#stream }, 'terminated');
      this.#done = done;
      this.#first = fromBase64(data);
    }
  }

  /** Nobody wants the rest. @param {unknown} reason */
  cancel(reason) {
    this.#whenFailed = () => undefined;
    this.abort(reason);
  }

  /** @param {(reason: unknown) => void} fail */
  failing(fail) {
    this.#whenFailed = fail;
  }

  /** Ends it, whatever stage it is at; who waits for anything gets the reason. @param {unknown} reason */
  abort(reason) {
    if (this.#over) return;
    this.#failure = { reason };
    const waiting = [...this.#underWay];
    this.#underWay.clear();
    if (this.#stream !== null && !this.#done)
      startOperation('fetch.cancel', jsonText({ stream: this.#stream }), () => undefined);
    for (const [id, reject] of waiting) {
      cancelOperation(id);
      reject(reason);
    }
    this.#whenFailed(reason);
    this.#end();
  }

  #end() {
    this.#over = true;
    this.#whenOver();
  }

  /** @param {number} number @param {import('../body.js').Body} body */
  async #upload(number, body) {
    const reader = body.stream.getReader();
    const stop = (/** @type {unknown} */ reason) => reader.cancel(reason).catch(() => undefined);
    for (;;) {
      let step;
      try {
        step = await reader.read();
      } catch (cause) {
        throw new TypeError('fetch failed', { cause });
      }
      if (this.#failure) return stop(this.#failure.reason);
      const { done, value } = step;
      if (!done && !(value instanceof Uint8Array)) {
        const cause = new TypeError('Received non-Uint8Array chunk');
        stop(cause);
        throw new TypeError('fetch failed', { cause });
      }
      try {
        if (done) return await this.#write(number, new Uint8Array(0), true);
        for (let at = 0; at < value.length; at += PIECE_BYTES)
          await this.#write(number, value.subarray(at, at + PIECE_BYTES), false);
      } catch (reason) {
        // The peer wants no more. What it answered, or why it is gone, is fetch.start's to tell.
        return stop(reason);
      }
    }
  }

  /** @param {number} stream @param {Uint8Array} bytes @param {boolean} end */
  async #write(stream, bytes, end) {
    const data = toBase64.call(bytes);
    const sent = await room(data.length);
    try {
      if (this.#failure) throw this.#failure.reason;
      await this.#ask('fetch.write', { stream, data, end }, 'fetch failed');
    } finally {
      sent();
    }
  }

  /** @param {string} kind @param {object} args @param {'fetch failed' | 'terminated'} message @returns {Promise<any>} */
  #ask(kind, args, message) {
    return new Promise((resolve, reject) => {
      const id = startOperation(kind, jsonText(args), (ok, value) => {
        this.#underWay.delete(id);
        if (ok) return resolve(value);
        const error = failed(value, message);
        if (kind === 'fetch.read') {
          this.#failure = { reason: error };
          this.#end();
        }
        reject(error);
      });
      this.#underWay.set(id, reject);
    });
  }
}

/** @param {[string, string][]} headers @param {number} length @returns {[string, string][]} */
function withLength(headers, length) {
  if (headers.some(([name]) => name.toLowerCase() === 'content-length')) return headers;
  return [...headers, ['content-length', `${length}`]];
}
