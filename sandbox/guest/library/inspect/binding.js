// What Node's formatter asks of V8, answered by the host's functions. What it uses is captured: an action's image has the
// formatter evaluated before tenant code runs.

const { promiseState, promiseResult, proxyDetails } = host;
const { apply, ownKeys } = Reflect;
const { getOwnPropertyDescriptor } = Object;
const { toString: objectText } = Object.prototype;
const { filter: arrayFilter } = Array.prototype;
const { slice: stringSlice } = String.prototype;
const toNumber = Number;
const toString = String;

const kPending = Symbol('kPending');
const kFulfilled = Symbol('kFulfilled');
const kRejected = Symbol('kRejected');
const ONLY_ENUMERABLE = 2;
/** Items of a list beyond which the formatter, which shows a hundred, does not look for other properties. */
const MANY = 10_000;

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
  /** @param {string | symbol} key */
  const isWanted = (key) => {
    if (typeof key === 'string' && isIndex(key)) return false;
    return filter !== ONLY_ENUMERABLE || getOwnPropertyDescriptor(value, key)?.enumerable;
  };
  return apply(arrayFilter, ownKeys(value), [isWanted]);
}

/** For the formatter: the engine names properties by making a string of each index, which of a large list no run could pay. @param {any} list @param {number} [filter] */
export function getShownProperties(list, filter) {
  return list.length > MANY ? [] : getOwnNonIndexProperties(list, filter);
}

/** @param {object} value */
export function getConstructorName(value) {
  return apply(stringSlice, apply(objectText, value, []), ['[object '.length, -1]);
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
  const number = toNumber(key);
  return number >= 0 && number < 2 ** 32 - 1 && toString(number >>> 0) === key;
}
