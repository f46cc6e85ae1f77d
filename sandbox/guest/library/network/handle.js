// One connection of the host's, as the sockets of net, tls, cloudflare:sockets and WebSocket use it: at most one read and one
// write of it are outstanding, so that the peer, the host and the guest hold back each other.
import { ask, bytesOf, textOf } from './operations.js';

/** A message to the host is at most 1 MiB, shared by all that is written at once. */
const MOST_AT_ONCE = 64 << 10;

/**
 * @typedef {{ code: string, message: string }} Failure
 * @typedef {{ servername: string | null, ca: string | null, cert: string | null, key: string | null,
 *   passphrase: string | null, alpn: string[], verify: boolean }} Tls
 * @typedef {{ protocol: string, cipher: string, alpn: string | null, authorized: boolean, peer: any }} TlsInfo
 */

/**
 * @param {{ host: string, port: number, tls: Tls | null, timeout_ms: number | null }} args
 * @param {(failure: Failure | null, handle?: Handle) => void} connected
 * @returns {() => void} gives up
 */
export function connect(args, connected) {
  return ask('socket.connect', args, (failure, value) => {
    if (failure) connected(failure);
    else connected(null, new Handle(value));
  });
}

export class Handle {
  #socket;
  #closed = false;
  /** @type {(() => void) | null} */
  #reading = null;

  // Node's HTTP agents look at these. `onread` is set while a socket is idle: whatever comes then belongs to no request.
  reading = true;
  /** @type {unknown} */
  onread = null;

  getAsyncId() {
    return 0;
  }

  /** @param {{ socket: number, local: any, remote: any, tls: TlsInfo | null }} value of socket.connect */
  constructor({ socket, local, remote, tls }) {
    this.#socket = socket;
    this.local = local;
    this.remote = remote;
    this.tls = tls;
  }

  get closed() {
    return this.#closed;
  }

  /** @param {(failure: Failure | null, chunk?: any) => void} got a chunk, or null at the end */
  read(got) {
    if (this.#reading || this.#closed) return;
    this.#reading = ask('socket.read', { socket: this.#socket }, (failure, value) => {
      this.#reading = null;
      if (failure) got(failure);
      else got(null, value.data === null ? null : bytesOf(value.data));
    });
  }

  /** Whoever read before is never called: the connection changes hands. */
  stopReading() {
    this.#reading?.();
    this.#reading = null;
  }

  /** @param {Uint8Array} bytes @param {(failure: Failure | null) => void} taken */
  write(bytes, taken) {
    const data = textOf(bytes.subarray(0, MOST_AT_ONCE));
    ask('socket.write', { socket: this.#socket, data }, (failure) => {
      if (failure || bytes.length <= MOST_AT_ONCE || this.#closed) taken(failure);
      else this.write(bytes.subarray(MOST_AT_ONCE), taken);
    });
  }

  /** @param {Tls} tls @param {(failure: Failure | null) => void} secured */
  startTls(tls, secured) {
    this.stopReading();
    ask('socket.starttls', { socket: this.#socket, tls }, (failure, value) => {
      if (!failure) this.tls = value.tls;
      secured(failure);
    });
  }

  /** Says to the peer that nothing more comes. @param {(failure: Failure | null) => void} done */
  end(done) {
    if (this.#closed) done(null);
    else ask('socket.end', { socket: this.#socket }, done);
  }

  close() {
    if (this.#closed) return;
    this.#closed = true;
    this.stopReading();
    ask('socket.close', { socket: this.#socket }, () => {});
  }
}
