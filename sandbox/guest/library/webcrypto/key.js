// https://w3c.github.io/webcrypto/#cryptokey-interface. A key's bytes are a private field that only the functions below
// reach, and no tenant's code is given them unless the key is extractable: what handles them uses captured built-ins and
// neither iterates nor looks anything up on a prototype.

const MAKE = Symbol();

/** @typedef {{ type: string, extractable: boolean, algorithm: any, usages: string[], material: Uint8Array<ArrayBuffer> }} Inside */
/** @type {(key: any) => Inside} what a key is; TypeError for what is none */
export let inside;
/** @type {(key: any) => boolean} */
export let isCryptoKey;

export class CryptoKey {
  /** @type {Inside} */
  #inside;
  /** What `algorithm` and `usages` hand out: one object each, and not what is looked at later. @type {any} */
  #algorithm;
  /** @type {string[] | undefined} */
  #usages;

  /** @param {any} [token] @param {Inside} [parts] */
  constructor(token = undefined, parts = undefined) {
    if (token !== MAKE || !parts) throw new TypeError('Illegal constructor');
    this.#inside = parts;
  }

  get type() {
    return this.#inside.type;
  }

  get extractable() {
    return this.#inside.extractable;
  }

  get algorithm() {
    return (this.#algorithm ??= copyOf(this.#inside.algorithm));
  }

  get usages() {
    return (this.#usages ??= [...this.#inside.usages]);
  }

  static {
    isCryptoKey = (key) => typeof key === 'object' && key !== null && #inside in key;
    inside = (key) => {
      if (!isCryptoKey(key)) throw new TypeError('The key must be a CryptoKey');
      return key.#inside;
    };
  }
}

/**
 * @param {string} type public, private or secret
 * @param {Uint8Array<ArrayBuffer>} material a secret's bytes, or DER
 * @param {any} algorithm
 * @param {boolean} extractable
 * @param {string[]} usages
 */
export function make(type, material, algorithm, extractable, usages) {
  return new CryptoKey(MAKE, { type, material, algorithm, extractable, usages });
}

/** @param {any} algorithm */
function copyOf(algorithm) {
  const copy = { ...algorithm };
  if (copy.hash) copy.hash = { ...copy.hash };
  if (copy.publicExponent) copy.publicExponent = copy.publicExponent.slice();
  return copy;
}
