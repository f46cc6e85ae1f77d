// What `require('net')` gives: https://nodejs.org/api/net.html. A socket's connection is the host's, which decides whom it may
// reach; an action serves nobody, so servers refuse.
import { BlockList, SocketAddress, isIP, isIPv4, isIPv6 } from './net/addresses.js';
import { Server, createServer } from './net/server.js';
import { Socket, connectArguments } from './net/socket.js';

/** @param {any[]} args of Socket.connect; the options may be those of the constructor too */
function connect(...args) {
  const [options, listener] = connectArguments(args);
  const socket = new Socket(options);
  if (options.timeout) socket.setTimeout(options.timeout);
  return socket.connect(options, listener);
}

const net = {
  BlockList,
  Server,
  Socket,
  SocketAddress,
  Stream: Socket,
  _normalizeArgs: connectArguments,
  connect,
  createConnection: connect,
  createServer,
  // A connection goes to one address, the one that was decided on: there is nothing to select.
  getDefaultAutoSelectFamily: () => false,
  getDefaultAutoSelectFamilyAttemptTimeout: () => 250,
  isIP,
  isIPv4,
  isIPv6,
  setDefaultAutoSelectFamily: () => {},
  setDefaultAutoSelectFamilyAttemptTimeout: () => {},
};

export { net as 'module.exports' };
