// https://nodejs.org/api/net.html#class-netsocket
import { Duplex } from 'node:stream';
import process from 'node:process';
import { Buffer } from 'node:buffer';
import { badPort, isIP } from './addresses.js';
import { IdleTimer } from './idle.js';

const { connect, failed, internals, nodeError } = runtime.module('network');

export class Socket extends Duplex {
  /** @type {any} the host's connection */
  #handle = null;
  /** Gives up connecting. @type {(() => void) | null} */
  #abandon = null;
  #host = '';
  #idle;
  /** Somebody else reads the connection. */
  #taken = false;
  #read = 0;
  #written = 0;

  /** @param {any} [options] */
  constructor(options = {}) {
    if (typeof options === 'number' || options?.fd !== undefined || options?.handle) {
      throw nodeError(TypeError, 'ERR_INVALID_FD_TYPE', 'A socket cannot be made of a file descriptor here');
    }
    super({
      allowHalfOpen: Boolean(options?.allowHalfOpen),
      highWaterMark: options?.highWaterMark,
      emitClose: false,
      autoDestroy: true,
      signal: options?.signal,
    });
    this.connecting = false;
    this._hadError = false;
    this._host = null;
    /** @type {any} the socket that this one speaks over */
    this._parent = null;
    this.#idle = new IdleTimer(() => this.emit('timeout'));
  }

  /** @param {any[]} args (options, listener?), (port, host?, listener?) */
  connect(...args) {
    const [options, listener] = connectArguments(args);
    if (options.path !== undefined && options.port === undefined) {
      throw nodeError(
        Error,
        'ERR_FEATURE_UNAVAILABLE_ON_PLATFORM',
        'There are no Unix sockets here: give host and port',
      );
    }
    const port = validPort(options.port);
    const host = validHost(options.host);
    if (this.destroyed) {
      // As in Node, a socket that was closed may connect again.
      /** @type {any} */ (this)._undestroy();
      this.#handle = null;
      this.#taken = false;
      this.#read = 0;
      this.#written = 0;
    }
    if (listener) this.once('connect', listener);
    this.connecting = true;
    this.#host = host;
    this._host = host;
    if (options.timeout && this.timeout === undefined) this.setTimeout(options.timeout);
    const args_ = { host, port, tls: /** @type {any} */ (this)[internals.tls] ?? null, timeout_ms: null };
    if (typeof options.lookup === 'function' && !isIP(host)) this.#lookUp(options, args_);
    else this.#open(args_);
    return this;
  }

  /** @param {any} [callback] */
  setTimeout(/** @type {any} */ ms, callback) {
    this.#idle.set(ms);
    if (callback && ms === 0) this.removeListener('timeout', callback);
    else if (callback) this.once('timeout', callback);
    return this;
  }

  get timeout() {
    return this.#idle.ms;
  }

  // The host's connections have these as it chooses, and a run ends with its handler whatever is open.
  setNoDelay() {
    return this;
  }

  setKeepAlive() {
    return this;
  }

  ref() {
    return this;
  }

  unref() {
    return this;
  }

  resetAndDestroy() {
    return this.destroy();
  }

  destroySoon() {
    if (this.writable) this.end();
    if (this.writableFinished) this.destroy();
    else this.once('finish', this.destroy);
  }

  get pending() {
    return !this.#handle || this.connecting;
  }

  get readyState() {
    if (this.connecting) return 'opening';
    if (this.readable) return this.writable ? 'open' : 'readOnly';
    return this.writable ? 'writeOnly' : 'closed';
  }

  get bufferSize() {
    return this.#handle ? this.writableLength : undefined;
  }

  get bytesRead() {
    return this.#read;
  }

  get bytesWritten() {
    return this.#written + this.writableLength;
  }

  address() {
    const local = this.#handle?.local;
    if (!local) return {};
    return { address: local.address, family: `IPv${isIP(local.address)}`, port: local.port };
  }

  get localAddress() {
    return this.#handle?.local.address;
  }

  get localPort() {
    return this.#handle?.local.port;
  }

  get localFamily() {
    return this.#handle ? `IPv${isIP(this.#handle.local.address)}` : undefined;
  }

  get remoteAddress() {
    return this.#handle?.remote.address;
  }

  get remotePort() {
    return this.#handle?.remote.port;
  }

  get remoteFamily() {
    return this.#handle ? `IPv${this.#handle.remote.family}` : undefined;
  }

  get _handle() {
    return this.destroyed ? null : this.#handle;
  }

  get [internals.connection]() {
    return this.#handle;
  }

  /** The connection of this socket, for the one that takes it over: from now on nothing is read here. */
  [internals.takeOver]() {
    this.#taken = true;
    return this.#handle;
  }

  /** @param {any} handle an open connection */
  [internals.connected](handle) {
    this.#abandon = null;
    if (this.destroyed) {
      handle.close();
      return;
    }
    this.#handle = handle;
    this.connecting = false;
    this.#idle.touch();
    this[internals.announce]();
    this.emit(internals.opened);
    // As Node: reading begins at once, so that an end is seen by those who never read.
    if (this.readable && !this.isPaused()) this.read(0);
  }

  [internals.announce]() {
    this.emit('connect');
    this.emit('ready');
  }

  _read() {
    if (this.#taken) return;
    if (this.connecting || !this.#handle) {
      this.once(internals.opened, () => this._read());
      return;
    }
    this.#handle.read((/** @type {any} */ failure, /** @type {any} */ chunk) => {
      if (this.destroyed) return;
      this.#idle.touch();
      if (failure) {
        this.#fail(failure, 'read');
      } else if (chunk !== null && this.#handle.onread) {
        this.destroy();
      } else if (chunk === null) {
        this.push(null);
        this.read(0);
      } else {
        this.#read += chunk.length;
        this.push(chunk);
      }
    });
  }

  /** @param {any} chunk @param {string} encoding @param {(error?: Error | null) => void} callback */
  _write(chunk, encoding, callback) {
    this.#whenConnected(callback, () => {
      if (!this.#handle || this.#handle.closed) {
        callback(nodeError(Error, 'ERR_SOCKET_CLOSED', 'Socket is closed'));
        return;
      }
      this.#idle.touch();
      this.#handle.write(chunk, (/** @type {any} */ failure) => {
        this.#idle.touch();
        if (failure) {
          callback(failed(failure, this.#where('write')));
          return;
        }
        this.#written += chunk.length;
        callback();
      });
    });
  }

  /** @param {{ chunk: any }[]} chunks @param {(error?: Error | null) => void} callback */
  _writev(chunks, callback) {
    this._write(Buffer.concat(chunks.map(({ chunk }) => chunk)), 'buffer', callback);
  }

  /** @param {(error?: Error | null) => void} callback */
  _final(callback) {
    if (!this.connecting && !this.#handle) {
      callback();
      return;
    }
    this.#whenConnected(callback, () => {
      if (!this.#handle) callback();
      // The peer may have gone first: that is no failure of ours.
      else this.#handle.end(() => callback());
    });
  }

  /** @param {Error | null} error @param {(error?: Error | null) => void} callback */
  _destroy(error, callback) {
    this.connecting = false;
    this.#idle.end();
    this.#abandon?.();
    this.#abandon = null;
    this.#handle?.close();
    this._hadError = Boolean(error);
    callback(error);
    // After the error, whose event comes in the next turn.
    process.nextTick(() => process.nextTick(() => this.emit('close', Boolean(error))));
  }

  /** @param {any} args of socket.connect */
  #open(args) {
    this.#abandon = connect(args, (/** @type {any} */ failure, /** @type {any} */ handle) => {
      if (failure) {
        if (failure.code === 'dns_failed')
          this.emit('lookup', failed(failure, this.#where('connect')), undefined, undefined, args.host);
        this.connecting = false;
        this.destroy(failed(failure, { syscall: 'connect', host: args.host, port: args.port }));
        return;
      }
      if (!isIP(args.host)) this.emit('lookup', null, handle.remote.address, handle.remote.family, args.host);
      this[internals.connected](handle);
    });
  }

  /** A lookup of the caller's own. The host decides on what it answers. @param {any} options @param {any} args */
  #lookUp(options, args) {
    const asked = { family: Number(options.family) || 0, hints: options.hints ?? 0, all: false };
    options.lookup(
      args.host,
      asked,
      (/** @type {any} */ error, /** @type {any} */ found, /** @type {any} */ family) => {
        if (this.destroyed) return;
        const address = Array.isArray(found) ? found[0]?.address : found;
        this.emit('lookup', error, address, Array.isArray(found) ? found[0]?.family : family, args.host);
        if (error) this.destroy(error);
        else if (!isIP(address)) {
          this.destroy(nodeError(TypeError, 'ERR_INVALID_IP_ADDRESS', `Invalid IP address: ${address}`));
        } else this.#open({ ...args, host: address });
      },
    );
  }

  /** @param {(error: Error) => void} otherwise @param {() => void} then */
  #whenConnected(otherwise, then) {
    if (!this.connecting) {
      then();
      return;
    }
    const closed = () => {
      this.off(internals.opened, connected);
      otherwise(
        nodeError(Error, 'ERR_SOCKET_CLOSED_BEFORE_CONNECTION', 'Socket closed before the connection was established'),
      );
    };
    const connected = () => {
      this.off('close', closed);
      then();
    };
    this.once(internals.opened, connected);
    this.once('close', closed);
  }

  /** @param {any} failure @param {string} syscall */
  #fail(failure, syscall) {
    this.destroy(failed(failure, this.#where(syscall)));
  }

  /** @param {string} syscall */
  #where(syscall) {
    return syscall === 'connect' ? { syscall, host: this.#host } : { syscall };
  }
}

/** @param {any[]} args @returns {[any, any]} options and listener */
export function connectArguments(args) {
  // Node passes its own normalised arguments as one array.
  const given = Array.isArray(args[0]) ? args[0] : args;
  const listener = given.findLast((one) => typeof one === 'function') ?? null;
  const [first, second] = given;
  if (typeof first === 'object' && first !== null) return [first, listener];
  if (typeof first === 'string' && !/^\d+$/.test(first)) return [{ path: first }, listener];
  return [{ port: first, host: typeof second === 'string' ? second : undefined }, listener];
}

/** @param {unknown} port @returns {number} */
function validPort(port) {
  if (port === undefined) {
    const message = 'The "options" or "port" or "path" argument must be specified';
    throw nodeError(TypeError, 'ERR_MISSING_ARGS', message);
  }
  const text = typeof port === 'string' ? port.trim() : port;
  const value = text === '' || (typeof text !== 'string' && typeof text !== 'number') ? NaN : Number(text);
  if (!Number.isInteger(value) || value < 0 || value > 65535) throw badPort(port);
  return value;
}

/** @param {unknown} host @returns {string} */
function validHost(host) {
  if (host === undefined || host === null || host === '') return 'localhost';
  if (typeof host === 'string') return host;
  throw nodeError(TypeError, 'ERR_INVALID_ARG_TYPE', 'The "options.host" property must be of type string');
}
