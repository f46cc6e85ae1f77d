// What the network modules share: host operations that can be cancelled, and the host's failures in Node's words.
// https://nodejs.org/api/errors.html#class-systemerror
export { failed, nodeError, systemError } from './network/errors.js';
export { Handle, connect } from './network/handle.js';
export { ask, bytesOf, textOf } from './network/operations.js';

/** What net.Socket has for TLSSocket, which takes over connections and makes its own. */
export const internals = {
  announce: Symbol('announce'),
  connected: Symbol('connected'),
  connection: Symbol('connection'),
  opened: Symbol('opened'),
  takeOver: Symbol('takeOver'),
  tls: Symbol('tls'),
};
