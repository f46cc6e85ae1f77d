// https://nodejs.org/api/tls.html#class-tlstlssocket
import { accepts, createSecureContext } from './context.js';
import { Buffer } from 'node:buffer';

const { bytesOf, failed, internals, nodeError } = runtime.module('network');
const { Socket, isIP } = runtime.module('net');

export class TLSSocket extends Socket {
  #options;
  #context;
  /** @type {any} the host's words on the connection */
  #info = null;

  /** @param {any} [socket] one that is or will be connected; without it, the connection is this socket's own @param {any} [options] */
  constructor(socket, options = {}) {
    super({ allowHalfOpen: socket ? socket.allowHalfOpen : options.allowHalfOpen, signal: options.signal });
    if (options.isServer) throw unavailable('A TLS server');
    if (socket && !(socket instanceof Socket)) throw unavailable('TLS over a stream that is no net.Socket');
    this.#options = options;
    this.#context = (options.secureContext ?? createSecureContext(options)).context;
    this.encrypted = true;
    this.authorized = false;
    /** @type {any} */
    this.authorizationError = null;
    /** @type {string | false | null} */
    this.alpnProtocol = null;
    this.secureConnecting = true;
    this.servername = options.servername || (options.host && !isIP(options.host) ? options.host : null);
    if (socket) this.#over(socket);
  }

  getPeerCertificate() {
    const peer = this.#info?.peer;
    if (!peer) return {};
    return { ...peer, subject: { ...peer.subject }, issuer: { ...peer.issuer }, raw: bytesOf(peer.raw) };
  }

  getCipher() {
    if (!this.#info) return undefined;
    return { name: this.#info.cipher, standardName: this.#info.cipher, version: this.#info.protocol };
  }

  getProtocol() {
    return this.#info ? this.#info.protocol : null;
  }

  /** The own certificate is the host's to show. */
  getCertificate() {
    return {};
  }

  // Sessions are the host's.
  getSession() {
    return undefined;
  }

  getTLSTicket() {
    return undefined;
  }

  isSessionReused() {
    return false;
  }

  getEphemeralKeyInfo() {
    return {};
  }

  setMaxSendFragment() {
    return false;
  }

  disableRenegotiation() {}

  enableTrace() {}

  renegotiate() {
    throw unavailable('Renegotiation');
  }

  exportKeyingMaterial() {
    throw unavailable('Keying material');
  }

  /** What the host is told when it connects. */
  get [internals.tls]() {
    const { ca, cert, key, passphrase } = this.#context;
    const alpn = this.#options.ALPNProtocols ?? [];
    return {
      servername: this.servername,
      ca,
      cert,
      key,
      passphrase,
      alpn: Array.isArray(alpn) ? alpn.map(String) : protocolNames(alpn),
      verify: this.#options.rejectUnauthorized !== false,
    };
  }

  [internals.announce]() {
    if (!this._parent) super[internals.announce]();
    this.#info = /** @type {any} */ (this)[internals.connection].tls;
    this.secureConnecting = false;
    this.authorized = this.#info.authorized;
    this.alpnProtocol = this.#info.alpn ?? false;
    const unfit = this.#unfit();
    if (unfit) {
      this.destroy(unfit);
      return;
    }
    if (!this.authorized) this.authorizationError = 'UNABLE_TO_VERIFY_LEAF_SIGNATURE';
    this.emit('secureConnect');
  }

  /** @param {Error | null} error @param {(error?: Error | null) => void} callback */
  _destroy(error, callback) {
    super._destroy(error, callback);
    this._parent?.destroy();
  }

  /** @param {any} socket */
  #over(socket) {
    this._parent = socket;
    this._host = socket._host;
    this.connecting = true;
    const begin = () => {
      if (this.destroyed) return;
      const handle = socket[internals.takeOver]();
      handle.startTls(this[internals.tls], (/** @type {any} */ failure) => {
        if (this.destroyed) return;
        if (failure) this.destroy(failed(failure, { syscall: 'read' }));
        else /** @type {any} */ (this)[internals.connected](handle);
      });
    };
    socket.once('close', () => {
      if (this.secureConnecting && !this.destroyed) this.destroy(cutOff());
      else this.destroy();
    });
    socket.on('error', (/** @type {Error} */ error) => this.destroy(error));
    if (socket[internals.connection]) begin();
    else socket.once(internals.opened, begin);
  }

  /** Why the connection is not what was asked for. @returns {Error | undefined} */
  #unfit() {
    const { checkServerIdentity, host } = this.#options;
    if (!accepts(this.#context, this.#info.protocol)) {
      const message = `The peer speaks ${this.#info.protocol}, which the options exclude`;
      return nodeError(Error, 'ERR_SSL_UNSUPPORTED_PROTOCOL', message);
    }
    if (!this.authorized || typeof checkServerIdentity !== 'function') return undefined;
    return checkServerIdentity(this.servername ?? host ?? this._host ?? 'localhost', this.getPeerCertificate());
  }
}

/** @param {any[]} args (options, listener?), (port, host?, options?, listener?) */
export function connect(...args) {
  const listener = args.findLast((one) => typeof one === 'function');
  /** @type {any} */
  const options = {};
  for (const one of args) if (typeof one === 'object' && one !== null) Object.assign(options, one);
  if (typeof args[0] !== 'object') options.port = args[0];
  if (typeof args[1] === 'string') options.host = args[1];
  const socket = new TLSSocket(options.socket, options);
  if (listener) socket.once('secureConnect', listener);
  if (options.timeout) socket.setTimeout(options.timeout);
  if (!options.socket) socket.connect({ ...options, timeout: undefined });
  return socket;
}

/** @param {Uint8Array} bytes names with a byte of their length in front @returns {string[]} */
function protocolNames(bytes) {
  const names = [];
  for (let at = 0; at < bytes.length; at += 1 + bytes[at]) {
    names.push(Buffer.from(bytes.subarray(at + 1, at + 1 + bytes[at])).toString('latin1'));
  }
  return names;
}

function cutOff() {
  const message = 'Client network socket disconnected before secure TLS connection was established';
  return nodeError(Error, 'ECONNRESET', message);
}

/** @param {string} what */
function unavailable(what) {
  return nodeError(Error, 'ERR_FEATURE_UNAVAILABLE_ON_PLATFORM', `${what} is not possible here`);
}
