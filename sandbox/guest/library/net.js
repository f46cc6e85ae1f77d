// What `require('net')` gives: https://nodejs.org/api/net.html. A socket's connection is the host's, which decides whom it may
// reach; an action serves nobody, so servers refuse.
import { BlockList, SocketAddress, isIP, isIPv4, isIPv6 } from './net/addresses.js';
import { Server, createServer } from './net/server.js';
import { Socket, connectArguments } from './net/socket.js';

/** @param {any[]} args of Socket.connect; the options may be those of the constructor too */
export function connect(...args) {
  const [options, listener] = connectArguments(args);
  const socket = new Socket(options);
  if (options.timeout) socket.setTimeout(options.timeout);
  return socket.connect(options, listener);
}

export { connectArguments as _normalizeArgs, connect as createConnection };

// A connection goes to one address, the one that was decided on: there is nothing to select.
export const getDefaultAutoSelectFamily = () => false;
export const setDefaultAutoSelectFamily = () => {};
export const getDefaultAutoSelectFamilyAttemptTimeout = () => 250;
export const setDefaultAutoSelectFamilyAttemptTimeout = () => {};

export { BlockList, Server, Socket, Socket as Stream, SocketAddress, createServer, isIP, isIPv4, isIPv6 };
