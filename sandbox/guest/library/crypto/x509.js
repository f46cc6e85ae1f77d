// https://nodejs.org/api/crypto.html#class-x509certificate
import { Buffer } from 'node:buffer';
import { bytesOf, invalidType } from './arguments.js';
import { call } from './host.js';
import { keyFromDer, materialOf } from './keys.js';

export class X509Certificate {
  #raw;
  #key;
  #about;

  /** @param {any} source PEM or DER */
  constructor(source) {
    const { data, value } = call('x509.read', {}, bytesOf(source, 'utf8', 'buffer'));
    [this.#raw, this.#key] = data;
    this.#about = value;
  }

  get subject() {
    return this.#about.subject;
  }

  get issuer() {
    return this.#about.issuer;
  }

  get subjectAltName() {
    return this.#about.names ?? undefined;
  }

  get serialNumber() {
    return this.#about.serialNumber;
  }

  get validFrom() {
    return this.#about.validFrom;
  }

  get validTo() {
    return this.#about.validTo;
  }

  get validFromDate() {
    return new Date(this.#about.validFromMs);
  }

  get validToDate() {
    return new Date(this.#about.validToMs);
  }

  get fingerprint() {
    return this.#about.fingerprint;
  }

  get fingerprint256() {
    return this.#about.fingerprint256;
  }

  get fingerprint512() {
    return this.#about.fingerprint512;
  }

  get ca() {
    return this.#about.ca;
  }

  get raw() {
    return Buffer.from(this.#raw);
  }

  get publicKey() {
    return keyFromDer('public', this.#key, this.#about.key);
  }

  /** @param {any} key */
  verify(key) {
    if (key?.type !== 'public') throw invalidType('publicKey', 'an instance of KeyObject', key);
    return call('x509.issued', {}, this.#raw, materialOf(key)).value;
  }

  /** @param {X509Certificate} other */
  checkIssued(other) {
    if (!(other instanceof X509Certificate)) throw invalidType('otherCert', 'an instance of X509Certificate', other);
    return this.issuer === other.subject && this.verify(other.publicKey);
  }

  /** @param {any} key */
  checkPrivateKey(key) {
    if (key?.type !== 'private') throw invalidType('pkey', 'an instance of KeyObject', key);
    return Buffer.compare(call('key.read', { want: 'public' }, materialOf(key)).data[0], this.#key) === 0;
  }

  /** @param {any} name @returns {string | undefined} */
  checkHost(name) {
    const wanted = String(name).toLowerCase();
    const names = (this.subjectAltName ?? '').split(', ').filter((/** @type {string} */ one) => one.startsWith('DNS:'));
    return names
      .map((/** @type {string} */ one) => one.slice(4))
      .find((/** @type {string} */ one) => {
        const pattern = one.toLowerCase();
        return (
          pattern === wanted || (pattern.startsWith('*.') && wanted.slice(wanted.indexOf('.')) === pattern.slice(1))
        );
      });
  }

  toString() {
    return this.#about.pem;
  }

  toJSON() {
    return this.toString();
  }

  get [Symbol.toStringTag]() {
    return 'X509Certificate';
  }
}
