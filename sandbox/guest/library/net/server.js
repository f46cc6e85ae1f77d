// Servers: nothing can reach an action, so there is nothing for one to listen to.
import EventEmitter from 'node:events';

const { nodeError } = runtime.module('network');

export class Server extends EventEmitter {
  /** @param {any} [options] @param {any} [listener] */
  constructor(options, listener) {
    super();
    const connected = typeof options === 'function' ? options : listener;
    if (connected) this.on('connection', connected);
    this.listening = false;
  }

  listen() {
    throw refusal('listen');
  }

  address() {
    return null;
  }

  /** @param {(error: Error) => void} [closed] */
  close(closed) {
    closed?.(nodeError(Error, 'ERR_SERVER_NOT_RUNNING', 'Server is not running.'));
    return this;
  }

  ref() {
    return this;
  }

  unref() {
    return this;
  }
}

/** @param {any[]} args */
export function createServer(...args) {
  return new Server(...args);
}

/** @param {string} what @returns {Error} */
export function refusal(what) {
  const message = `${what} is not possible: an action can open connections and cannot be connected to`;
  return nodeError(Error, 'ERR_FEATURE_UNAVAILABLE_ON_PLATFORM', message);
}
