// https://developers.cloudflare.com/workers/runtime-apis/tcp-sockets/ and https://sockets-api.proposal.wintertc.org: the sockets
// of edge runtimes, over the same connections as net.Socket.
const { connect: open, failed, nodeError } = runtime.module('network');
const { ReadableStream, WritableStream } = runtime.module('web-streams');

const SECURITY = ['off', 'on', 'starttls'];

/**
 * @param {string | { hostname: string, port: number }} address such as "db.example.com:5432"
 * @param {{ secureTransport?: 'off' | 'on' | 'starttls', allowHalfOpen?: boolean }} [options]
 * @returns {Socket}
 */
export function connect(address, options = {}) {
  const { hostname, port } = parsed(address);
  const { secureTransport = 'off', allowHalfOpen = false } = options ?? {};
  if (!SECURITY.includes(secureTransport)) {
    throw new TypeError(`secureTransport is one of ${SECURITY.join(', ')}: ${String(secureTransport)}`);
  }
  const connection = new Promise((resolve, reject) => {
    const tls = secureTransport === 'on' ? tlsFor(hostname) : null;
    open({ host: hostname, port, tls, timeout_ms: null }, (/** @type {any} */ failure, /** @type {any} */ handle) => {
      if (failure) reject(failed(failure, { syscall: 'connect', host: hostname, port }));
      else resolve(handle);
    });
  });
  return new Socket(MINE, { hostname, port, secureTransport, allowHalfOpen }, connection);
}

/** What only this file has: sockets are made by `connect`. */
const MINE = Symbol();

export class Socket {
  #where;
  /** @type {Promise<any>} the host's connection */
  #connection;
  /** @type {any} */
  #handle = null;
  /** @type {(error?: unknown) => void} */
  #finished = () => {};
  #readable;
  #writable;
  #opened;
  #closed;
  #upgraded = false;
  /** @type {any} the readable stream's controller */
  #incoming;
  #ended = false;

  /** @param {symbol} mine @param {any} where @param {Promise<any>} connection */
  constructor(mine, where, connection) {
    if (mine !== MINE) throw new TypeError('Illegal constructor');
    this.#where = where;
    this.#connection = connection;
    this.#opened = connection.then((handle) => {
      this.#handle = handle;
      const show = ({ address = '', port = 0 }) =>
        address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
      return {
        remoteAddress: show(handle.remote),
        localAddress: show(handle.local),
        alpn: handle.tls?.alpn ?? undefined,
      };
    });
    this.#closed = new Promise((resolve, reject) => {
      this.#finished = (error) => (error === undefined ? resolve(undefined) : reject(error));
    });
    // Who looks at neither is not told twice: what was asked of the streams fails as well.
    this.#opened.catch((error) => this.#finished(error));
    this.#closed.catch(() => {});
    this.#readable = new ReadableStream(
      {
        type: 'bytes',
        start: (/** @type {any} */ controller) => {
          this.#incoming = controller;
        },
        pull: (/** @type {any} */ controller) => this.#pull(controller),
        cancel: () => this.close(),
      },
      { highWaterMark: 0 },
    );
    this.#writable = new WritableStream({
      write: (/** @type {unknown} */ chunk) => this.#write(chunk),
      close: () => this.#end(),
      abort: () => this.close(),
    });
  }

  get readable() {
    return this.#readable;
  }

  get writable() {
    return this.#writable;
  }

  /** With the addresses of both ends. */
  get opened() {
    return this.#opened;
  }

  get closed() {
    return this.#closed;
  }

  get upgraded() {
    return this.#upgraded;
  }

  get secureTransport() {
    return this.#where.secureTransport;
  }

  async close() {
    this.#ended = true;
    const handle = await this.#connection.catch(() => null);
    handle?.close();
    this.#finished();
    try {
      this.#incoming.close();
      // A reader of its own buffer waits for the answer to it.
      this.#incoming.byobRequest?.respond(0);
    } catch {
      // It was closed or had failed before.
    }
    return this.#closed;
  }

  /** @param {{ expectedServerHostname?: string }} [options] @returns {Socket} the same connection over TLS */
  startTls({ expectedServerHostname } = {}) {
    if (this.#where.secureTransport !== 'starttls') {
      throw new TypeError('startTls() needs a socket that was opened with secureTransport: "starttls"');
    }
    if (this.#upgraded) throw new TypeError('startTls() was called before');
    this.#upgraded = true;
    const name = expectedServerHostname ?? this.#where.hostname;
    const secured = this.#connection.then(
      (handle) =>
        new Promise((resolve, reject) => {
          handle.startTls(tlsFor(name), (/** @type {any} */ failure) => {
            if (failure) reject(failed(failure, { syscall: 'connect', host: name }));
            else resolve(handle);
          });
        }),
    );
    this.#finished();
    return new Socket(MINE, { ...this.#where, secureTransport: 'on' }, secured);
  }

  /** @param {any} controller */
  async #pull(controller) {
    const handle = await this.#connection;
    await new Promise((resolve, reject) => {
      handle.read((/** @type {any} */ failure, /** @type {any} */ chunk) => {
        if (this.#ended) resolve(undefined);
        else if (failure) reject(this.#lost(failed(failure, { syscall: 'read' })));
        else if (chunk === null) resolve(this.#peerEnded(controller));
        else resolve(controller.enqueue(new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.length)));
      });
    });
  }

  /** @param {any} controller */
  #peerEnded(controller) {
    controller.close();
    controller.byobRequest?.respond(0);
    if (!this.#where.allowHalfOpen) {
      this.#handle?.close();
      this.#finished();
    }
  }

  /** @param {unknown} chunk */
  async #write(chunk) {
    const bytes = bytesOf(chunk);
    const handle = await this.#connection;
    await new Promise((resolve, reject) => {
      handle.write(bytes, (/** @type {any} */ failure) => {
        if (failure) reject(this.#lost(failed(failure, { syscall: 'write' })));
        else resolve(undefined);
      });
    });
  }

  async #end() {
    const handle = await this.#connection;
    await new Promise((resolve) => handle.end(resolve));
  }

  /** @param {Error} error */
  #lost(error) {
    this.#finished(error);
    return error;
  }
}

/** @param {unknown} address @returns {{ hostname: string, port: number }} */
function parsed(address) {
  /** @type {any} */
  const given =
    typeof address === 'string'
      ? (/^(?<hostname>\[[^\]]*\]|[^:]*):(?<port>\d+)$/.exec(address)?.groups ?? {})
      : address;
  const port = Number(given?.port);
  const hostname = `${given?.hostname ?? ''}`.replace(/^\[(.*)\]$/, '$1');
  if (hostname && Number.isInteger(port) && port > 0 && port < 65536) return { hostname, port };
  throw nodeError(TypeError, 'ERR_INVALID_ADDRESS', 'An address is "host:port" or { hostname, port }');
}

/** @param {string} servername */
function tlsFor(servername) {
  return { servername, ca: null, cert: null, key: null, passphrase: null, alpn: [], verify: true };
}

/** @param {any} chunk @returns {Uint8Array} */
function bytesOf(chunk) {
  if (chunk instanceof Uint8Array) return chunk;
  if (ArrayBuffer.isView(chunk)) return new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength);
  if (chunk instanceof ArrayBuffer) return new Uint8Array(chunk);
  throw new TypeError('What is written to a socket is a Uint8Array, another view of bytes, or an ArrayBuffer');
}
