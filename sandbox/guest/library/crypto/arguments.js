// What Node checks of arguments, with its errors: https://nodejs.org/api/errors.html
import { Buffer } from 'node:buffer';

const BYTES = 'of type string or an instance of ArrayBuffer, Buffer, TypedArray, or DataView';

/** @template {Error} T @param {T} error @param {string} code @returns {T & { code: string }} */
export function coded(error, code) {
  return Object.assign(error, { code });
}

/** @param {string} name @param {string} expected @param {unknown} actual */
export function invalidType(name, expected, actual) {
  return runtime.invalidArgument(name, expected, actual);
}

/** @param {string} name @param {unknown} value @param {string} [reason] */
export function invalidValue(name, value, reason = 'is invalid') {
  const kind = name.includes('.') ? 'property' : 'argument';
  const shown = typeof value === 'string' ? `'${value}'` : String(value);
  return coded(new TypeError(`The ${kind} '${name}' ${reason}. Received ${shown}`), 'ERR_INVALID_ARG_VALUE');
}

/** @param {string} name @param {string} range @param {unknown} actual */
export function outOfRange(name, range, actual) {
  const shown =
    typeof actual === 'number' && Number.isInteger(actual) && Math.abs(actual) > 2 ** 32
      ? grouped(actual)
      : String(actual);
  return coded(
    new RangeError(`The value of "${name}" is out of range. It must be ${range}. Received ${shown}`),
    'ERR_OUT_OF_RANGE',
  );
}

/** @param {unknown} value @param {string} name @returns {asserts value is string} */
export function validateString(value, name) {
  if (typeof value !== 'string') throw invalidType(name, 'of type string', value);
}

/** @param {unknown} value @param {string} name @returns {asserts value is Function} */
export function validateFunction(value, name) {
  if (typeof value !== 'function') throw invalidType(name, 'of type function', value);
}

/** @param {unknown} value @param {string} name @returns {any} */
export function validateObject(value, name) {
  if (typeof value !== 'object' || value === null) throw invalidType(name, 'of type object', value);
  return value;
}

/** @param {unknown} value @param {string} name @param {number} least @param {number} most @returns {number} */
export function validateInteger(value, name, least, most) {
  if (typeof value !== 'number') throw invalidType(name, 'of type number', value);
  if (!Number.isInteger(value)) throw outOfRange(name, 'an integer', value);
  if (value < least || value > most) throw outOfRange(name, `>= ${least} && <= ${most}`, value);
  return value;
}

/**
 * The bytes of a string, a view or an ArrayBuffer; not a copy.
 * @param {unknown} value
 * @param {unknown} [encoding] of a string
 * @param {string} [name]
 * @param {string} [expected]
 * @returns {any} a Buffer
 */
export function bytesOf(value, encoding, name = 'data', expected = BYTES) {
  if (typeof value === 'string') return Buffer.from(value, encoding === 'buffer' ? 'utf8' : encoding);
  if (ArrayBuffer.isView(value)) return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  if (isArrayBuffer(value)) return Buffer.from(value);
  throw invalidType(name, expected, value);
}

/** What a method with an output encoding returns. @param {any} buffer @param {unknown} encoding */
export function encoded(buffer, encoding) {
  return encoding === undefined || encoding === null || encoding === 'buffer' ? buffer : buffer.toString(encoding);
}

/** @param {any} buffer a Buffer @returns {ArrayBuffer} its bytes alone */
export function arrayBufferOf(buffer) {
  return buffer.buffer.slice(buffer.byteOffset, buffer.byteOffset + buffer.byteLength);
}

/** @param {unknown} value @returns {value is ArrayBuffer} */
export function isArrayBuffer(value) {
  return runtime.module('inspect').types.isArrayBuffer(value);
}

/** Node's way to show a large number. @param {number} number */
function grouped(number) {
  return String(number).replace(/\B(?=(\d{3})+$)/g, '_');
}
