// Node's internal/crypto/keys, for what asks whether something is a key.

/** @param {any} value */
export function isKeyObject(value) {
  return named(value, /KeyObject$/) && value instanceof runtime.module('crypto').KeyObject;
}

/** @param {any} value */
export function isCryptoKey(value) {
  return named(value, /^CryptoKey$/) && Object.prototype.toString.call(value) === '[object CryptoKey]';
}

/** So that comparing two objects does not load the crypto module. @param {any} value @param {RegExp} name */
function named(value, name) {
  return typeof value === 'object' && value !== null && name.test(`${value.constructor?.name}`);
}
