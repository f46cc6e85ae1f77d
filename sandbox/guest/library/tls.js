// What `require('tls')` gives: https://nodejs.org/api/tls.html. The host does TLS and verifies peers; its roots are always
// trusted, those of an action beside them.
import { checkServerIdentity } from './tls/identity.js';
import { SecureContext, createSecureContext } from './tls/context.js';
import { TLSSocket, connect } from './tls/socket.js';

const { Server } = runtime.module('net');

export { SecureContext, Server, TLSSocket, checkServerIdentity, connect, createSecureContext };

/** @param {any[]} args */
export const createServer = (...args) => new Server(...args);

export const DEFAULT_MIN_VERSION = 'TLSv1.2';
export const DEFAULT_MAX_VERSION = 'TLSv1.3';
export const DEFAULT_ECDH_CURVE = 'auto';
export const DEFAULT_CIPHERS = 'TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256';
export const CLIENT_RENEG_LIMIT = 3;
export const CLIENT_RENEG_WINDOW = 600;

/** The host's roots stay with the host, which trusts them whatever `ca` is. */
export const rootCertificates = Object.freeze([]);
export const getCACertificates = () => [];

export const getCiphers = () => DEFAULT_CIPHERS.toLowerCase().split(':');

/** @param {string[]} protocols @param {any} out */
export function convertALPNProtocols(protocols, out) {
  out.ALPNProtocols = protocols;
}
