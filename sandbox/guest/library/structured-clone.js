// https://html.spec.whatwg.org/multipage/structured-data.html#dom-structuredclone, by hand: the userland ones tell types by
// names a program can fake, and none transfers. What a value is, is asked of the engine (inspect/types.js).
import * as types from './inspect/types.js';

const { detach, proxyDetails } = host;
const ERRORS = ['Error', 'EvalError', 'RangeError', 'ReferenceError', 'SyntaxError', 'TypeError', 'URIError'];
const tagOfTypedArray = /** @type {any} */ (
  Object.getOwnPropertyDescriptor(Object.getPrototypeOf(Uint8Array.prototype), Symbol.toStringTag)
).get;

/** @type {((value: any) => boolean)[]} */
const STATEFUL = [
  types.isMap,
  types.isSet,
  types.isDate,
  types.isRegExp,
  types.isBoxedPrimitive,
  types.isArrayBuffer,
  ArrayBuffer.isView,
  types.isNativeError,
  types.isPromise,
  types.isWeakMap,
  types.isWeakSet,
  isWeakRef,
  (value) => value instanceof DOMException,
];

/** Classes of ours that can be cloned, by their tags, and the module whose `cloned` does it. @type {Record<string, string>} */
const PLATFORM = { Blob: 'blob', CryptoKey: 'webcrypto', File: 'blob' };

/** Names of interfaces, which are the tags of their objects. */
const INTERFACES = [...runtime.lazy.filter((name) => /^[A-Z]/.test(name)), 'Crypto', 'TextEncoder'];

/**
 * @param {unknown} value
 * @param {{ transfer?: Iterable<unknown> }} [options] ArrayBuffers and MessagePorts that move to the clone
 * @returns {any}
 */
export function structuredClone(value, options) {
  if (arguments.length === 0) throw new TypeError('The "value" argument must be specified');
  return cloneWithPorts(value, [...(options?.transfer ?? [])]).value;
}

/**
 * @param {unknown} value
 * @param {unknown[]} transferred
 * @returns {{ value: any, ports: any[] }} the clone, and the ports that moved, in their order
 */
export function cloneWithPorts(value, transferred) {
  /** What each object became. @type {Map<unknown, unknown>} */
  const memory = new Map();
  /** @type {any[]} */
  const ports = [];
  for (const item of transferred) {
    if (memory.has(item))
      throw cloneError(`Transfer list contains duplicate ${isPort(item) ? 'object' : 'ArrayBuffer'}`);
    if (isPort(item)) {
      if (runtime.module('message-channel').isDetached(item))
        throw cloneError('MessagePort in transfer list is already detached');
      memory.set(item, undefined);
      ports.push(item);
    } else if (types.isArrayBuffer(item)) {
      const buffer = /** @type {any} */ (item);
      if (buffer.detached) throw cloneError('An ArrayBuffer is detached and could not be cloned.');
      memory.set(buffer, buffer.slice(0));
    } else if (typeof item !== 'object' || item === null) {
      throw new TypeError('Found invalid object in transferList');
    } else {
      throw cloneError('Found invalid value in transferList.');
    }
  }
  for (const port of ports) memory.set(port, runtime.module('message-channel').transfer(port));
  const result = clone(value, memory);
  for (const buffer of transferred) if (!ports.includes(buffer)) detach(/** @type {ArrayBuffer} */ (buffer));
  return { value: result, ports: ports.map((port) => memory.get(port)) };
}

/** @param {any} value @param {Map<unknown, unknown>} memory @returns {unknown} */
function clone(value, memory) {
  if (typeof value === 'symbol') throw cloneError(`${String(value)} could not be cloned.`);
  if (typeof value === 'function') throw cloneError(`${named(value)} could not be cloned.`);
  if (typeof value !== 'object' || value === null) return value;
  if (memory.has(value)) return memory.get(value);
  if (proxyDetails(value)) throw cloneError('#<Object> could not be cloned.');
  if (isPort(value)) throw cloneError('Object that needs transfer was found in message but not listed in transferList');
  const platform = platformCopy(value);
  const copy = platform ?? shell(value, memory);
  memory.set(value, copy);
  if (platform) return copy;
  if (types.isNativeError(value)) {
    if (Object.hasOwn(value, 'cause')) hide(copy, 'cause', clone(value.cause, memory)); // as V8; the standard leaves it open
  } else if (types.isMap(value)) {
    for (const [key, member] of [...Map.prototype.entries.call(value)])
      copy.set(clone(key, memory), clone(member, memory));
  } else if (types.isSet(value)) {
    for (const member of [...Set.prototype.values.call(value)]) copy.add(clone(member, memory));
  } else if (Array.isArray(value) || isOrdinary(value)) {
    for (const key of Object.keys(value)) {
      if (!Object.hasOwn(value, key)) continue; // a getter before it removed it
      Object.defineProperty(copy, key, {
        value: clone(value[key], memory),
        configurable: true,
        enumerable: true,
        writable: true,
      });
    }
  }
  return copy;
}

/**
 * The copy of an object of a class of ours; what only has its tag is none. An object of any other interface has no copy:
 * what it is made of would be lost.
 * @param {any} value
 */
function platformCopy(value) {
  const tag = value[Symbol.toStringTag];
  if (typeof tag !== 'string') return undefined;
  const copy = Object.hasOwn(PLATFORM, tag) ? runtime.module(PLATFORM[tag]).cloned(value) : undefined;
  if (!copy && INTERFACES.includes(tag) && isOf(value, /** @type {any} */ (globalThis)[tag]))
    throw cloneError('Cannot clone object of unsupported type.');
  return copy;
}

/** @param {object} value @param {unknown} Interface */
function isOf(value, Interface) {
  return typeof Interface === 'function' && value instanceof Interface;
}

/** @param {any} value */
function isPort(value) {
  return value?.[Symbol.toStringTag] === 'MessagePort' && runtime.module('message-channel').isPort(value);
}

/** The copy of an object without what it holds. @param {any} value @param {Map<unknown, unknown>} memory @returns {any} */
function shell(value, memory) {
  if (Array.isArray(value)) return new Array(value.length);
  if (types.isMap(value)) return new Map();
  if (types.isSet(value)) return new Set();
  if (types.isDate(value)) return new Date(Date.prototype.getTime.call(value));
  if (types.isRegExp(value)) return new RegExp(value.source, value.flags);
  if (types.isStringObject(value)) return Object(String.prototype.valueOf.call(value));
  if (types.isNumberObject(value)) return Object(Number.prototype.valueOf.call(value));
  if (types.isBooleanObject(value)) return Object(Boolean.prototype.valueOf.call(value));
  if (types.isBigIntObject(value)) return Object(BigInt.prototype.valueOf.call(value));
  if (types.isArrayBuffer(value)) return cloneBuffer(value);
  if (ArrayBuffer.isView(value)) return cloneView(value, memory);
  if (types.isNativeError(value)) return cloneErrorObject(value);
  if (value instanceof DOMException) return new DOMException(value.message, value.name);
  if (!isOrdinary(value)) throw cloneError(`${named(value)} could not be cloned.`);
  return {};
}

/** @param {any} buffer @returns {ArrayBuffer} */
function cloneBuffer(buffer) {
  if (buffer.detached) throw cloneError('An ArrayBuffer is detached and could not be cloned.');
  if (!buffer.resizable) return buffer.slice(0);
  const copy = new /** @type {any} */ (ArrayBuffer)(buffer.byteLength, { maxByteLength: buffer.maxByteLength });
  new Uint8Array(copy).set(new Uint8Array(buffer));
  return copy;
}

/** @param {any} view @param {Map<unknown, unknown>} memory */
function cloneView(view, memory) {
  const buffer = clone(view.buffer, memory);
  const name = tagOfTypedArray.call(view);
  if (name === undefined) return new DataView(/** @type {ArrayBuffer} */ (buffer), view.byteOffset, view.byteLength);
  return new /** @type {any} */ (globalThis)[name](buffer, view.byteOffset, view.length);
}

/** @param {any} error */
function cloneErrorObject(error) {
  const Base = /** @type {any} */ (globalThis)[ERRORS.includes(error.name) ? error.name : 'Error'];
  const copy = new Base();
  for (const key of ['message', 'stack']) {
    const value = key === 'stack' ? error.stack : Object.getOwnPropertyDescriptor(error, key)?.value;
    if (value !== undefined) hide(copy, key, String(value));
  }
  return copy;
}

/** @param {object} holder @param {string} key @param {unknown} value */
function hide(holder, key, value) {
  Object.defineProperty(holder, key, { value, configurable: true, writable: true });
}

/** Has no state but its properties. @param {object} value */
function isOrdinary(value) {
  return !STATEFUL.some((is) => is(value)) && !/(?:Iterator|Generator)\]$/.test(Object.prototype.toString.call(value));
}

/** @param {unknown} value */
function isWeakRef(value) {
  try {
    WeakRef.prototype.deref.call(/** @type {any} */ (value));
    return true;
  } catch {
    return false;
  }
}

/** @param {any} value */
function named(value) {
  if (typeof value === 'function') return String(value);
  const name = value.constructor?.name;
  return name ? `#<${name}>` : Object.prototype.toString.call(value);
}

/** @param {string} message */
function cloneError(message) {
  return new DOMException(message, 'DataCloneError');
}
