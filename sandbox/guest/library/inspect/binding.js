// What Node's formatter asks of V8, answered by the host's functions.

const { promiseState, promiseResult, proxyDetails } = host;
const toText = Function.prototype.call.bind(Object.prototype.toString);

const kPending = Symbol('kPending');
const kFulfilled = Symbol('kFulfilled');
const kRejected = Symbol('kRejected');
const ONLY_ENUMERABLE = 2;

export const constants = { kPending, kRejected, ALL_PROPERTIES: 0, ONLY_ENUMERABLE };

/** @param {Promise<unknown>} promise */
export function getPromiseDetails(promise) {
  const state = [kPending, kFulfilled, kRejected][promiseState(promise)];
  return [state, state === kPending ? undefined : promiseResult(promise)];
}

/** @param {object} value @param {boolean} [both] target and handler, or the target alone */
export function getProxyDetails(value, both = true) {
  const details = proxyDetails(value);
  return details && (both ? details : details[0]);
}

/** @param {object} value @param {number} [filter] */
export function getOwnNonIndexProperties(value, filter) {
  return Reflect.ownKeys(value).filter((key) => {
    if (typeof key === 'string' && isIndex(key)) return false;
    return filter !== ONLY_ENUMERABLE || Object.getOwnPropertyDescriptor(value, key)?.enumerable;
  });
}

/** @param {object} value */
export function getConstructorName(value) {
  return toText(value).slice('[object '.length, -1);
}

/** An iterator's entries cannot be read without moving it. @returns {[unknown[], boolean]} */
export function previewEntries() {
  return [[], false];
}

export function getExternalValue() {
  return 0n;
}

/** @param {string} key */
function isIndex(key) {
  const number = Number(key);
  return number >= 0 && number < 2 ** 32 - 1 && String(number >>> 0) === key;
}
