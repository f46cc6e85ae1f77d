// https://fetch.spec.whatwg.org/#body-mixin: what requests and responses share. A body is bytes, a source on the host, or a
// stream; streams are made when a program asks for one, so that most bodies need none.
import { decode } from './encoding/utf8.js';
import { parse, serialize } from './form-data/multipart.js';
import { hasTag, isBuffer, joined, toText, viewOf } from './web/convert.js';
import { mimeTypeText, parseMimeType } from './web/mime.js';

const { utf8Encode } = host;

/**
 * Bytes that are yet to come: `read` gives null at the end; `cancel` says that nobody wants the rest; `failing` is told
 * what to call if it fails while nothing reads.
 * @typedef {{ read(): Promise<Uint8Array | null>, cancel(reason: unknown): void, failing(fail: (reason: unknown) => void): void }} Source
 */

export class Body {
  /** @type {Uint8Array | null} */
  #bytes;
  /** @type {Source | null} */
  #source;
  /** @type {any} */
  #stream;
  #used = false;

  /** @param {Uint8Array | null} bytes never written to @param {Source | null} [source] @param {any} [stream] */
  constructor(bytes, source = null, stream = null) {
    this.#bytes = bytes;
    this.#source = source;
    this.#stream = stream;
  }

  /** Whether something was read. @returns {boolean} */
  get used() {
    return this.#used || (this.#stream !== null && streams().isDisturbed(this.#stream));
  }

  /** Whether it cannot be read. @returns {boolean} */
  get unusable() {
    return this.used || Boolean(this.#stream?.locked);
  }

  /** What it holds, if that is known without reading. */
  get bytes() {
    return this.#stream ? null : this.#bytes;
  }

  /** @returns {any} a ReadableStream, always the same */
  get stream() {
    return (this.#stream ??= this.#open());
  }

  /** Everything, once. @returns {Promise<Uint8Array>} memory of the caller's own */
  async take() {
    if (this.unusable) throw new TypeError('Body is unusable: Body has already been read');
    if (this.#stream) return readAll(this.#stream);
    this.#used = true;
    if (this.#bytes) return this.#bytes.slice();
    const pieces = [];
    for (let piece; (piece = await this.#source?.read());) pieces.push(piece);
    return joined(pieces);
  }

  /** https://fetch.spec.whatwg.org/#concept-body-clone */
  clone() {
    if (this.#bytes && !this.#stream) return new Body(this.#bytes);
    const [mine, other] = this.stream.tee();
    this.#stream = mine;
    return new Body(null, null, other);
  }

  /** For a request made of another: that one's body cannot be read any more. */
  move() {
    const stream = this.#stream?.pipeThrough(new (streams().TransformStream)());
    const moved = new Body(this.#bytes, this.#source, stream ?? null);
    this.#used = true;
    return moved;
  }

  /** Nobody will read it. @param {unknown} reason */
  cancel(reason) {
    if (this.#stream && !this.#stream.locked) this.#stream.cancel(reason).catch(() => undefined);
    else this.#source?.cancel(reason);
  }

  #open() {
    const { ReadableStream } = streams();
    if (this.#used) {
      const stream = new ReadableStream({
        type: 'bytes',
        start: (/** @type {any} */ controller) => controller.close(),
      });
      stream.getReader();
      return stream;
    }
    const source = this.#source ?? sourceOf(this.#bytes ?? new Uint8Array(0));
    return new ReadableStream(
      {
        type: 'bytes',
        /** @param {any} controller */
        start: (controller) => source.failing((reason) => controller.error(reason)),
        /** @param {any} controller */
        async pull(controller) {
          const piece = await source.read();
          if (piece) {
            controller.enqueue(piece);
          } else {
            controller.close();
            controller.byobRequest?.respond(0);
          }
        },
        /** @param {unknown} reason */
        cancel: (reason) => source.cancel(reason),
      },
      // Nothing is read ahead: the host holds back the peer until the program asks.
      { highWaterMark: 0 },
    );
  }
}

/**
 * https://fetch.spec.whatwg.org/#concept-bodyinit-extract
 * @param {any} value
 * @returns {{ body: Body, type: string | null }} and the content type that goes with it
 */
export function extract(value) {
  if (hasTag(value, 'ReadableStream') && streams().isReadable(value)) return { body: fromStream(value), type: null };
  if (hasTag(value, 'Blob') || hasTag(value, 'File')) {
    /** @type {typeof import('./blob.js')} */
    const { bytesOf, isBlob } = runtime.module('blob');
    if (isBlob(value)) return { body: new Body(bytesOf(value)), type: value.type || null };
  }
  if (hasTag(value, 'FormData')) {
    /** @type {typeof import('./form-data.js')} */
    const { entriesOf, isFormData } = runtime.module('form-data');
    if (isFormData(value)) {
      const { bytes, type } = serialize(entriesOf(value));
      return { body: new Body(bytes), type };
    }
  }
  if (hasTag(value, 'URLSearchParams') && value instanceof runtime.module('url').URLSearchParams)
    return { body: new Body(utf8Encode(`${value}`)), type: 'application/x-www-form-urlencoded;charset=UTF-8' };
  if (isBuffer(value)) return { body: new Body(viewOf(value).slice()), type: null };
  // As in Node: anything that gives bytes by and by, such as one of its streams.
  if (typeof value === 'object' && typeof value?.[Symbol.asyncIterator] === 'function')
    return { body: fromStream(streams().ReadableStream.from(value)), type: null };
  return { body: new Body(utf8Encode(toText(value))), type: 'text/plain;charset=UTF-8' };
}

/**
 * Gives an interface the body's members.
 * @param {any} Interface
 * @param {(self: unknown) => Body | null} bodyOf throws for another object
 * @param {(self: any) => string | null} typeOf the content type
 */
export function mixBody(Interface, bodyOf, typeOf) {
  /** @param {unknown} self */
  const take = async (self) => (await bodyOf(self)?.take()) ?? new Uint8Array(0);
  const members = {
    get body() {
      return bodyOf(this)?.stream ?? null;
    },

    get bodyUsed() {
      return bodyOf(this)?.used ?? false;
    },

    async arrayBuffer() {
      return (await take(this)).buffer;
    },

    async blob() {
      const bytes = await take(this);
      const type = mimeTypeOf(typeOf(this));
      return runtime.module('blob').makeBlob(bytes, type ? mimeTypeText(type).toLowerCase() : '');
    },

    async bytes() {
      return take(this);
    },

    async formData() {
      const bytes = await take(this);
      return formOf(bytes, mimeTypeOf(typeOf(this)));
    },

    async json() {
      return JSON.parse(textOf(await take(this)));
    },

    async text() {
      return textOf(await take(this));
    },
  };
  for (const [key, descriptor] of Object.entries(Object.getOwnPropertyDescriptors(members)))
    Object.defineProperty(Interface.prototype, key, descriptor);
}

/** @param {string | null} text a header, whose last value counts @returns {import('./web/mime.js').MimeType | null} */
export function mimeTypeOf(text) {
  if (text === null) return null;
  return parseMimeType(text) ?? parseMimeType(text.slice(text.lastIndexOf(',') + 1));
}

/** @returns {any} the module, loaded when there is a stream */
function streams() {
  return runtime.module('web-streams');
}

/** @param {any} stream */
function fromStream(stream) {
  if (stream.locked || streams().isDisturbed(stream))
    throw new TypeError('Response body object should not be disturbed or locked');
  return new Body(null, null, stream);
}

/** @param {Uint8Array} bytes @returns {Source} */
function sourceOf(bytes) {
  let left = bytes.length > 0;
  return {
    async read() {
      const piece = left ? bytes.slice() : null;
      left = false;
      return piece;
    },
    cancel() {},
    failing() {},
  };
}

/** @param {any} stream */
async function readAll(stream) {
  const reader = stream.getReader();
  const pieces = [];
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return pieces.length === 1 ? pieces[0].slice() : joined(pieces);
    if (!(value instanceof Uint8Array)) {
      const error = new TypeError('Received non-Uint8Array chunk');
      reader.cancel(error).catch(() => undefined);
      throw error;
    }
    pieces.push(value);
  }
}

/** @param {Uint8Array} bytes */
function textOf(bytes) {
  const text = decode(bytes);
  return text.startsWith('\ufeff') ? text.slice(1) : text;
}

/** @param {Uint8Array} bytes @param {import('./web/mime.js').MimeType | null} type */
function formOf(bytes, type) {
  const form = new (runtime.module('form-data').FormData)();
  if (type?.essence === 'multipart/form-data') {
    parse(bytes, type.parameters.get('boundary'), form);
  } else if (type?.essence === 'application/x-www-form-urlencoded') {
    for (const [name, value] of new (runtime.module('url').URLSearchParams)(decode(bytes))) form.append(name, value);
  } else {
    throw new TypeError('Content-Type was not one of "multipart/form-data" or "application/x-www-form-urlencoded".');
  }
  return form;
}
