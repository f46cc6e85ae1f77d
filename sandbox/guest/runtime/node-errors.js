// Node's argument errors: https://nodejs.org/api/errors.html#err_invalid_arg_type
import { ObjectDefineProperty, SymbolPrototypeToString, TypeError } from './primordials.js';

/**
 * @param {string} argument
 * @param {string} expected such as "of type function"
 * @param {unknown} actual
 * @returns {TypeError} with Node's `code`, an ordinary property
 */
export function invalidArgument(argument, expected, actual) {
  const error = new TypeError(`The "${argument}" argument must be ${expected}. Received ${received(actual)}`);
  ObjectDefineProperty(error, 'code', {
    __proto__: null,
    value: 'ERR_INVALID_ARG_TYPE',
    configurable: true,
    enumerable: true,
    writable: true,
  });
  return error;
}

/** @param {unknown} value */
function received(value) {
  if (value === undefined || value === null) return `${value}`;
  if (typeof value === 'function') return 'a function';
  if (typeof value === 'object') return 'an object';
  if (typeof value === 'symbol') return `type symbol (${SymbolPrototypeToString(value)})`;
  return typeof value === 'string' ? `type string ('${value}')` : `type ${typeof value} (${value})`;
}
