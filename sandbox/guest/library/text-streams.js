// https://encoding.spec.whatwg.org/#interface-textencoderstream and #interface-textdecoderstream
import { expose } from './web/interface.js';

const { TransformStream } = runtime.module('web-streams');
const { utf8Encode } = host;

export class TextEncoderStream {
  #transform;

  constructor() {
    /** The first half of a pair that ended a chunk. */
    let held = '';
    this.#transform = new TransformStream({
      /** @param {unknown} chunk @param {any} controller */
      transform(chunk, controller) {
        if (typeof chunk === 'symbol') throw new TypeError('Cannot convert a Symbol value to a string');
        const text = held + chunk;
        const last = text.charCodeAt(text.length - 1);
        held = last >= 0xd800 && last <= 0xdbff ? text.slice(-1) : '';
        const bytes = utf8Encode(held ? text.slice(0, -1) : text);
        if (bytes.length) controller.enqueue(bytes);
      },
      /** @param {any} controller */
      flush(controller) {
        if (held) controller.enqueue(utf8Encode(held));
      },
    });
  }

  get encoding() {
    void this.#transform;
    return 'utf-8';
  }

  get readable() {
    return this.#transform.readable;
  }

  get writable() {
    return this.#transform.writable;
  }
}

export class TextDecoderStream {
  #decoder;
  #transform;

  /** @param {unknown} [label] @param {{ fatal?: boolean, ignoreBOM?: boolean }} [options] */
  constructor(label = 'utf-8', options = {}) {
    const decoder = new (runtime.module('text-decoder').TextDecoder)(label, options);
    this.#decoder = decoder;
    this.#transform = new TransformStream({
      /** @param {any} chunk @param {any} controller */
      transform(chunk, controller) {
        if (chunk === undefined) throw new TypeError('The chunk is no buffer');
        const text = decoder.decode(chunk, { stream: true });
        if (text) controller.enqueue(text);
      },
      /** @param {any} controller */
      flush(controller) {
        const text = decoder.decode();
        if (text) controller.enqueue(text);
      },
    });
  }

  get encoding() {
    return this.#decoder.encoding;
  }

  get fatal() {
    return this.#decoder.fatal;
  }

  get ignoreBOM() {
    return this.#decoder.ignoreBOM;
  }

  get readable() {
    return this.#transform.readable;
  }

  get writable() {
    return this.#transform.writable;
  }
}

expose(TextEncoderStream, 'TextEncoderStream', ['encoding', 'readable', 'writable']);
expose(TextDecoderStream, 'TextDecoderStream', ['encoding', 'fatal', 'ignoreBOM', 'readable', 'writable']);
