// Whether an argument is what the catalogue asks for. The worker checks all of it again (interlock.worker.arguments): here
// it is for the author, who should read at the very call what is wrong with it.
import {
  ArrayIsArray,
  NumberIsFinite,
  NumberIsInteger,
  NumberIsSafeInteger,
  ObjectHasOwn,
  StringPrototypeCharCodeAt,
  StringPrototypeSlice,
  StringPrototypeStartsWith,
  StringPrototypeToLowerCase,
  StringPrototypeTrim,
  utf8Length,
} from './builtins.js';
import { refuseArgument } from './errors.js';
import { granted } from './run.js';

/**
 * @typedef {import('./types.js').Parameter} Parameter
 * @typedef {import('./types.js').Rule} Rule
 */

const SCALAR_OR_ARRAY = 'string | number | boolean | null | array of those';

/**
 * @param {string} method
 * @param {Parameter} parameter
 * @param {any} value a primitive, or fresh data out of JSON.parse
 */
export function check(method, parameter, value) {
  const { type, rule, choices, fields, each } = parameter;
  if (value === null && rule?.nullable) return;
  const expected = mismatch(type, value);
  if (expected) refuseArgument(method, parameter.path, `must be ${expected}, not ${described(value)}`);
  if (choices && !isOneOf(choices, value)) {
    refuseArgument(method, parameter.path, `must be one of ${listed(choices)}, not ${described(value)}`);
  }
  if (rule) {
    if (typeof value === 'string') checkText(method, parameter.path, rule, value);
    else if (typeof value === 'number') checkNumber(method, parameter.path, rule, value);
    else if (ArrayIsArray(value)) checkEntries(method, parameter.path, rule, value);
  }
  if (fields) checkFields(method, fields, value);
  if (each) {
    for (let i = 0; i < value.length; i++) checkFields(method, each, value[i]);
  }
}

/** @param {string} method @param {readonly Parameter[]} fields @param {any} value */
function checkFields(method, fields, value) {
  for (let i = 0; i < fields.length; i++) {
    const field = /** @type {Parameter} */ (fields[i]);
    if (ObjectHasOwn(value, field.name)) check(method, field, value[field.name]);
    else if (!field.optional) refuseArgument(method, field.path, 'is missing');
  }
}

/** @param {string} type @param {any} value @returns {string} what it should have been; empty if it is */
function mismatch(type, value) {
  switch (type) {
    case 'unknown':
      return '';
    case 'string':
      return typeof value === 'string' ? '' : 'a string';
    case 'number':
      return NumberIsFinite(value) ? '' : 'a finite number';
    case 'boolean':
      return typeof value === 'boolean' ? '' : 'true or false';
    case 'string | number | boolean':
      return isScalar(value) ? '' : 'a string, a finite number or a boolean';
    case SCALAR_OR_ARRAY:
      if (value === null || isScalar(value)) return '';
      return ArrayIsArray(value) && every(value, isScalarOrNull)
        ? ''
        : 'a string, a number, a boolean, null or an array of these';
    case 'array of string':
      return ArrayIsArray(value) && every(value, isString) ? '' : 'an array of strings';
    case 'array of objects':
      return ArrayIsArray(value) && every(value, isDictionary) ? '' : 'an array of objects';
    default:
      // `dictionary`, `object`, and the named option types, which are objects with the fields the data lists.
      return isDictionary(value) ? '' : 'an object';
  }
}

/** @param {string} method @param {string} path @param {Rule} rule @param {string} value */
function checkText(method, path, rule, value) {
  if (rule.min_chars && value.length < rule.min_chars) refuseArgument(method, path, 'must not be empty');
  // More code units than characters allowed may still be few enough characters.
  if (rule.max_chars && value.length > rule.max_chars) {
    const most = granted(rule.limit, rule.max_chars);
    if (characters(value) > most) refuseArgument(method, path, `has more than ${most} characters`);
  }
  if (rule.max_bytes && value.length * 3 > rule.max_bytes) {
    const most = granted(rule.limit, rule.max_bytes);
    if (utf8Length(value) > most) refuseArgument(method, path, `has more than ${most} bytes`);
  }
  if (rule.no_space && hasSpace(value)) refuseArgument(method, path, 'must not contain white space');
  if (rule.metadata_key && !isMetadataKey(value)) {
    refuseArgument(method, path, 'must be 1 to 255 characters out of a-z, A-Z, 0-9, _ and -');
  }
  if (rule.url && !isWebAddress(value))
    refuseArgument(method, path, 'must be an absolute URL that begins with https:// or http:// and has no white space');
  if (rule.forbidden && isOneOf(rule.forbidden, value)) {
    refuseArgument(method, path, `must not be "${value}": use ${rule.instead?.[value]}`);
  }
}

/** @param {string} method @param {string} path @param {Rule} rule @param {number} value */
function checkNumber(method, path, rule, value) {
  if (rule.integer && !NumberIsInteger(value)) refuseArgument(method, path, 'must be a whole number');
  if (rule.min !== undefined && value < rule.min) refuseArgument(method, path, `must be at least ${rule.min}`);
  if (rule.max !== undefined && value > rule.max) refuseArgument(method, path, `must be at most ${rule.max}`);
  if (rule.safe_number && NumberIsInteger(value) && !NumberIsSafeInteger(value)) {
    refuseArgument(method, path, 'is too large to be kept exactly (Number.MAX_SAFE_INTEGER)');
  }
}

/** @param {string} method @param {string} path @param {Rule} rule @param {any[]} value */
function checkEntries(method, path, rule, value) {
  if (rule.min_entries && value.length < rule.min_entries) refuseArgument(method, path, 'must not be empty');
  if (rule.max_entries && value.length > rule.max_entries)
    refuseArgument(method, path, `has more than ${rule.max_entries} entries`);
  for (let i = 0; i < value.length; i++)
    if (typeof value[i] === 'string') checkText(method, `${path}[${i}]`, rule, value[i]);
}

/** What was given, for a message. @param {any} value @returns {string} */
export function described(value) {
  if (value === null || value === undefined || typeof value === 'boolean') return `${value}`;
  if (ArrayIsArray(value)) return 'an array';
  if (typeof value === 'string') return value.length <= 64 ? `"${value}"` : 'a longer string';
  if (typeof value === 'number') return `${value}`;
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}

/** @param {readonly string[]} choices @returns {string} */
function listed(choices) {
  let text = '';
  for (let i = 0; i < choices.length; i++) text += `${i ? ', ' : ''}"${choices[i]}"`;
  return text;
}

/** @param {readonly string[]} choices @param {unknown} value @returns {boolean} */
export function isOneOf(choices, value) {
  for (let i = 0; i < choices.length; i++) if (choices[i] === value) return true;
  return false;
}

/** @param {any[]} values @param {(value: unknown) => boolean} test @returns {boolean} */
function every(values, test) {
  for (let i = 0; i < values.length; i++) if (!test(values[i])) return false;
  return true;
}

/** @param {unknown} value @returns {boolean} */
function isString(value) {
  return typeof value === 'string';
}

/** @param {unknown} value @returns {boolean} */
function isScalar(value) {
  return typeof value === 'string' || typeof value === 'boolean' || NumberIsFinite(value);
}

/** @param {unknown} value @returns {boolean} */
function isScalarOrNull(value) {
  return value === null || isScalar(value);
}

/** @param {unknown} value @returns {boolean} */
export function isDictionary(value) {
  return typeof value === 'object' && value !== null && !ArrayIsArray(value);
}

/** Code points, as the worker counts. @param {string} text @returns {number} */
export function characters(text) {
  let count = text.length;
  for (let i = 0; i < text.length; i++) {
    const unit = StringPrototypeCharCodeAt(text, i);
    if (unit >= 0xdc00 && unit < 0xe000) count--;
  }
  return count;
}

/** What JavaScript's trim takes away. @param {string} text @returns {boolean} */
function hasSpace(text) {
  for (let i = 0; i < text.length; i++) if (StringPrototypeTrim(text[i]) === '') return true;
  return false;
}

/** @param {string} text @returns {boolean} */
function isMetadataKey(text) {
  if (text.length < 1 || text.length > 255) return false;
  for (let i = 0; i < text.length; i++) {
    const unit = StringPrototypeCharCodeAt(text, i);
    const letter = unit | 32;
    if (!((letter >= 97 && letter <= 122) || (unit >= 48 && unit <= 57) || unit === 95 || unit === 45)) return false;
  }
  return true;
}

/** Characters that a URL cannot have: it ends up in a header. @param {string} text @returns {boolean} */
function hasControl(text) {
  for (let i = 0; i < text.length; i++) {
    const unit = StringPrototypeCharCodeAt(text, i);
    if (unit < 0x20 || (unit >= 0x7f && unit < 0xa0)) return true;
  }
  return false;
}

/** @param {string} text @returns {boolean} scheme, colon, two slashes and the beginning of a host, and no white space */
function isWebAddress(text) {
  const start = StringPrototypeToLowerCase(StringPrototypeSlice(text, 0, 8));
  const length = start === 'https://' ? 8 : StringPrototypeStartsWith(start, 'http://') ? 7 : 0;
  if (!length || text.length === length || hasSpace(text) || hasControl(text)) return false;
  const first = text[length];
  return first !== '/' && first !== '?' && first !== '#' && first !== '\\' && first !== ':';
}
