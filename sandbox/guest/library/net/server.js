// Servers: nothing can reach an action, so there is nothing for one to listen to.
import EventEmitter from 'node:events';

const { nodeError } = runtime.module('network');

/** A function, for Node's own subclasses call it as one. @this {any} @param {any} [options] @param {any} [listener] */
export function Server(options, listener) {
  if (!(this instanceof Server)) return Reflect.construct(Server, [options, listener]);
  Reflect.apply(/** @type {any} */ (EventEmitter), this, []);
  /** @type {any} */
  const self = this;
  const connected = typeof options === 'function' ? options : listener;
  if (typeof connected === 'function') self.on('connection', connected);
  self.listening = false;
}
Object.setPrototypeOf(Server, EventEmitter);
Object.setPrototypeOf(Server.prototype, EventEmitter.prototype);

Object.assign(Server.prototype, {
  listen() {
    throw refusal('listen');
  },

  address() {
    return null;
  },

  /** @this {any} @param {(error: Error) => void} [closed] */
  close(closed) {
    closed?.(nodeError(Error, 'ERR_SERVER_NOT_RUNNING', 'Server is not running.'));
    return this;
  },

  ref() {
    return this;
  },

  unref() {
    return this;
  },
});

/** @param {any[]} args */
export function createServer(...args) {
  return Reflect.construct(Server, args);
}

/** @param {string} what @returns {Error} */
export function refusal(what) {
  const message = `${what} is not possible: an action can open connections and cannot be connected to`;
  return nodeError(Error, 'ERR_FEATURE_UNAVAILABLE_ON_PLATFORM', message);
}
