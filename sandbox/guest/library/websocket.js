// https://websockets.spec.whatwg.org/#the-websocket-interface, over a connection of the host's. As in Node, the second argument
// may also be { protocols, headers }. Extensions are not offered.
import { BINARY, CLOSE, PING, PONG, ProtocolError, Reader, TEXT, frame } from './websocket/frames.js';
import { constants, expose } from './web/interface.js';
import { Handshake, checkedProtocols } from './websocket/handshake.js';

const { connect, failed } = runtime.module('network');
const { EventTarget, Event, defineHandlers, dispatchTrusted } = runtime.module('event-target');
const { CloseEvent, ErrorEvent, MessageEvent } = runtime.module('event-kinds');
const { TextDecoder } = runtime.module('text-decoder');
const { URL } = runtime.module('url');
const { clearTimeout, setTimeout } = /** @type {any} */ (globalThis);
const { utf8Encode } = host;

const CONNECTING = 0;
const OPEN = 1;
const CLOSING = 2;
const CLOSED = 3;

/** How long the server may take to answer a close, in milliseconds. */
const CLOSING_MS = 3_000;
const MOST_REASON_BYTES = 123;

export class WebSocket extends EventTarget {
  #url;
  #state = CONNECTING;
  #protocol = '';
  /** @type {'blob' | 'arraybuffer'} */
  #binaryType = 'blob';
  #buffered = 0;
  /** @type {any} the host's connection */
  #handle = null;
  #abandon;
  #handshake;
  #reader = new Reader();
  /** What is sent waits for what was sent before. @type {Promise<unknown>} */
  #sent = Promise.resolve();
  #closeSent = false;
  /** The server's close frame. @type {{ code: number, reason: string } | null} */
  #closeGot = null;
  /** @type {any} */
  #timer = null;

  /** @param {any} url @param {string | string[] | { protocols?: string | string[], headers?: any }} [options] */
  constructor(url, options) {
    super();
    this.#url = parsed(url);
    const named = typeof options === 'object' && options !== null && !Array.isArray(options);
    const { protocols, headers = {} } = named ? options : { protocols: options };
    this.#handshake = new Handshake(checkedProtocols(protocols));
    const request = this.#handshake.request(this.#url, headerList(headers));
    const { hostname, port, protocol } = this.#url;
    const host = hostname.replace(/^\[(.*)\]$/, '$1');
    const secure = protocol === 'wss:';
    const tls = {
      servername: host,
      ca: null,
      cert: null,
      key: null,
      passphrase: null,
      alpn: ['http/1.1'],
      verify: true,
    };
    const where = { host, port: Number(port) || (secure ? 443 : 80), tls: secure ? tls : null, timeout_ms: null };
    this.#abandon = connect(where, (/** @type {any} */ failure, /** @type {any} */ handle) => {
      if (failure) {
        this.#fail(failed(failure, { syscall: 'connect', host: where.host, port: where.port }));
        return;
      }
      this.#handle = handle;
      handle.write(request, (/** @type {any} */ failure) => {
        if (failure) this.#fail(failed(failure, { syscall: 'write' }));
      });
      this.#read();
    });
  }

  get url() {
    return this.#url.href;
  }

  get readyState() {
    return this.#state;
  }

  get protocol() {
    return this.#protocol;
  }

  get extensions() {
    return '';
  }

  /** Bytes that were given to send and that the host has not taken yet. */
  get bufferedAmount() {
    return this.#buffered;
  }

  get binaryType() {
    return this.#binaryType;
  }

  set binaryType(value) {
    if (value === 'blob' || value === 'arraybuffer') this.#binaryType = value;
  }

  /** @param {any} data */
  send(data) {
    if (this.#state === CONNECTING) throw new DOMException('Still in CONNECTING state', 'InvalidStateError');
    const [opcode, size, content] = sendable(data);
    this.#buffered += size;
    if (this.#state !== OPEN) return;
    this.#queue(async () => {
      const bytes = await content;
      if (this.#state === CLOSED) return;
      await this.#write(frame(opcode, bytes));
      this.#buffered -= size;
    });
  }

  /** @param {number} [code] 1000, or 3000 to 4999 @param {string} [reason] at most 123 bytes */
  close(code, reason) {
    if (code !== undefined) code = checkedCode(code);
    const bytes = utf8Encode(reason === undefined ? '' : `${reason}`);
    if (bytes.length > MOST_REASON_BYTES) {
      throw new DOMException(`The reason has more than ${MOST_REASON_BYTES} bytes`, 'SyntaxError');
    }
    if (this.#state === CONNECTING) {
      this.#fail(new Error('WebSocket was closed before the connection was established'));
    } else if (this.#state === OPEN) {
      this.#state = CLOSING;
      this.#sendClose(code ?? (reason === undefined ? undefined : 1000), bytes);
    }
  }

  #read() {
    this.#handle.read((/** @type {any} */ failure, /** @type {any} */ chunk) => {
      if (this.#state === CLOSED) return;
      try {
        if (failure && !this.#closeGot) this.#fail(failed(failure, { syscall: 'read' }));
        else if (failure || chunk === null) this.#ended();
        else this.#take(chunk);
      } catch (error) {
        const code = error instanceof ProtocolError ? error.code : 1006;
        if (code !== 1006 && !this.#closeSent) this.#sendClose(code, utf8Encode(/** @type {Error} */ (error).message));
        this.#fail(error);
      }
      if (this.#state !== CLOSED) this.#read();
    });
  }

  /** @param {any} chunk */
  #take(chunk) {
    let rest = chunk;
    if (this.#state === CONNECTING) {
      const answer = this.#handshake.answer(chunk);
      if (!answer) return;
      rest = answer.rest;
      this.#protocol = answer.protocol;
      this.#state = OPEN;
      dispatchTrusted(this, new Event('open'));
    }
    if (rest.length > 0) this.#reader.read(rest, (opcode, payload) => this.#message(opcode, payload));
  }

  /** @param {number} opcode @param {Uint8Array} payload @returns {boolean} whether more is wanted */
  #message(opcode, payload) {
    if (opcode === PING) {
      if (!this.#closeSent) this.#queue(() => this.#write(frame(PONG, payload)));
    } else if (opcode === CLOSE) {
      this.#closeGot = closing(payload);
      if (this.#state === OPEN) this.#state = CLOSING;
      if (!this.#closeSent) this.#sendClose(this.#closeGot.code === 1005 ? undefined : this.#closeGot.code, NOTHING);
      return false;
    } else if (opcode !== PONG && this.#state === OPEN) {
      const data = opcode === TEXT ? text(payload) : this.#binary(payload);
      dispatchTrusted(this, new MessageEvent('message', { data, origin: this.#url.origin }));
    }
    return this.#state !== CLOSED;
  }

  /** @param {Uint8Array} payload */
  #binary(payload) {
    const bytes = payload.slice();
    return this.#binaryType === 'arraybuffer' ? bytes.buffer : new (runtime.module('blob').Blob)([bytes]);
  }

  /** @param {number | undefined} code @param {Uint8Array} reason */
  #sendClose(code, reason) {
    this.#closeSent = true;
    const payload = new Uint8Array(code === undefined ? 0 : 2 + Math.min(reason.length, MOST_REASON_BYTES));
    if (code !== undefined) {
      new DataView(payload.buffer).setUint16(0, code);
      payload.set(reason.subarray(0, payload.length - 2), 2);
    }
    this.#queue(() => this.#write(frame(CLOSE, payload)));
    // A server that does not answer keeps nobody.
    this.#timer ??= setTimeout(() => this.#ended(), CLOSING_MS);
  }

  /** @param {() => Promise<unknown>} task */
  #queue(task) {
    this.#sent = this.#sent.then(task).catch((error) => this.#fail(error));
  }

  /** @param {Uint8Array} bytes */
  #write(bytes) {
    return new Promise((resolve, reject) => {
      if (this.#handle.closed) resolve(undefined);
      this.#handle.write(bytes, (/** @type {any} */ failure) => {
        if (failure && !this.#closeGot) reject(failed(failure, { syscall: 'write' }));
        else resolve(undefined);
      });
    });
  }

  /** The connection has ended, as it should or not. */
  #ended() {
    if (this.#closeGot || this.#state === CLOSING) this.#finish();
    else this.#fail(new Error('The server closed the connection without a close frame'));
  }

  /** @param {unknown} error */
  #fail(error) {
    if (this.#state === CLOSED) return;
    this.#abandon();
    this.#handle?.stopReading();
    this.#state = CLOSED;
    clearTimeout(this.#timer);
    const { message = '' } = /** @type {any} */ (error ?? {});
    let told = false;
    const tell = () => {
      if (told) return;
      told = true;
      clearTimeout(this.#timer);
      this.#handle?.close();
      dispatchTrusted(this, new ErrorEvent('error', { error, message }));
      this.#told(1006, '', false);
    };
    // A close frame that is on its way is still sent, to a server that reads.
    if (this.#closeSent) this.#timer = setTimeout(tell, CLOSING_MS);
    void this.#sent.then(tell);
  }

  #finish() {
    this.#state = CLOSED;
    clearTimeout(this.#timer);
    this.#handle?.close();
    const { code, reason } = this.#closeGot ?? { code: 1006, reason: '' };
    this.#told(code, reason, this.#closeGot !== null);
  }

  /** @param {number} code @param {string} reason @param {boolean} wasClean */
  #told(code, reason, wasClean) {
    dispatchTrusted(this, new CloseEvent('close', { code, reason, wasClean }));
  }
}

const NOTHING = new Uint8Array(0);

expose(WebSocket, 'WebSocket', ['url', 'readyState', 'protocol', 'bufferedAmount']);
constants(WebSocket, { CONNECTING, OPEN, CLOSING, CLOSED });
defineHandlers(WebSocket, ['open', 'message', 'error', 'close']);

/** @param {any} url @returns {any} a URL */
function parsed(url) {
  /** @type {any} */
  let address;
  try {
    address = new URL(url);
  } catch {
    throw new DOMException(`The URL '${String(url)}' is invalid`, 'SyntaxError');
  }
  if (address.protocol === 'http:' || address.protocol === 'https:') {
    address = new URL(address.href.replace('http', 'ws'));
  }
  if ((address.protocol !== 'ws:' && address.protocol !== 'wss:') || address.hash) {
    throw new DOMException("The URL of a WebSocket begins with 'ws:' or 'wss:' and has no fragment", 'SyntaxError');
  }
  return address;
}

/** @param {any} headers pairs, an iterable of them, or an object @returns {[string, string][]} */
function headerList(headers) {
  const pairs = typeof headers[Symbol.iterator] === 'function' ? [...headers] : Object.entries(headers);
  return pairs.map(([name, value]) => [`${name}`, `${value}`]);
}

/** @param {any} data @returns {[number, number, Uint8Array | Promise<Uint8Array>]} opcode, bytes, content */
function sendable(data) {
  if (data instanceof ArrayBuffer) return [BINARY, data.byteLength, new Uint8Array(data.slice(0))];
  if (ArrayBuffer.isView(data)) {
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength).slice();
    return [BINARY, bytes.length, bytes];
  }
  if (typeof data === 'object' && data !== null && typeof data.arrayBuffer === 'function') {
    return [BINARY, data.size, data.arrayBuffer().then((/** @type {ArrayBuffer} */ buffer) => new Uint8Array(buffer))];
  }
  const bytes = utf8Encode(`${data}`);
  return [TEXT, bytes.length, bytes];
}

/** @param {unknown} given @returns {number} */
function checkedCode(given) {
  const code = Number(given);
  if (code === 1000 || (Number.isInteger(code) && code >= 3000 && code <= 4999)) return code;
  throw new DOMException('The close code is 1000 or from 3000 to 4999', 'InvalidAccessError');
}

/** @param {Uint8Array} payload of a close frame */
function closing(payload) {
  if (payload.length === 0) return { code: 1005, reason: '' };
  const code = payload.length < 2 ? 0 : (payload[0] << 8) | payload[1];
  // RFC 6455, section 7.4: of the others, some are never sent and some mean nothing.
  if (!((code >= 1000 && code <= 1014 && ![1004, 1005, 1006].includes(code)) || (code >= 3000 && code <= 4999))) {
    throw new ProtocolError(1002, 'The close code is none');
  }
  return { code, reason: text(payload.subarray(2)) };
}

/** @param {Uint8Array} payload */
function text(payload) {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(payload);
  } catch {
    throw new ProtocolError(1007, 'A text is not UTF-8');
  }
}
