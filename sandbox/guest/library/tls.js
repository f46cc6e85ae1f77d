// What `require('tls')` gives: https://nodejs.org/api/tls.html. The host does TLS and verifies peers; its roots are always
// trusted, those of an action beside them.
import { checkServerIdentity } from './tls/identity.js';
import { SecureContext, createSecureContext } from './tls/context.js';
import { TLSSocket, connect } from './tls/socket.js';

const { Server } = runtime.module('net');

const DEFAULT_CIPHERS = 'TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256';

const tls = {
  CLIENT_RENEG_LIMIT: 3,
  CLIENT_RENEG_WINDOW: 600,
  DEFAULT_CIPHERS,
  DEFAULT_ECDH_CURVE: 'auto',
  DEFAULT_MAX_VERSION: 'TLSv1.3',
  DEFAULT_MIN_VERSION: 'TLSv1.2',
  SecureContext,
  Server,
  TLSSocket,
  checkServerIdentity,
  connect,
  /** @param {string[]} protocols @param {any} out */
  convertALPNProtocols(protocols, out) {
    out.ALPNProtocols = protocols;
  },
  createSecureContext,
  /** @param {any[]} args */
  createServer: (...args) => new Server(...args),
  // The host's roots stay with the host, which trusts them whatever `ca` is.
  getCACertificates: () => [],
  getCiphers: () => DEFAULT_CIPHERS.toLowerCase().split(':'),
  rootCertificates: Object.freeze([]),
};

export { tls as 'module.exports' };
