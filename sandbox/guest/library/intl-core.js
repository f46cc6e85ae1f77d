// What all of Intl shares: tags, the choice of a locale, options. https://tc39.es/ecma402/#locale-and-parameter-negotiation
import { base, isType, parse, written } from './intl/tags.js';
import { available, shared, table, zone } from './intl/tables.js';

const DEFAULT = 'en-US';

export { available, base, DEFAULT, isType, parse, shared, table, written, zone };

/** Where each class keeps what an instance is; asked for through `slots`, so that nobody else can. */
export class Slots {
  /** @type {WeakMap<object, any>} */
  #kept = new WeakMap();
  #name;

  /** @param {string} name Intl.DateTimeFormat */
  constructor(name) {
    this.#name = name;
  }

  /** @param {object} instance @param {any} value */
  set(instance, value) {
    this.#kept.set(instance, value);
  }

  /** @param {any} instance */
  has(instance) {
    return typeof instance === 'object' && instance !== null && this.#kept.has(instance);
  }

  /** @param {any} instance @param {string} method @returns {any} */
  of(instance, method) {
    if (!this.has(instance))
      throw new TypeError(
        `Method ${this.#name}.prototype.${method} called on incompatible receiver ${shown(instance)}`,
      );
    return this.#kept.get(instance);
  }
}

/** @param {unknown} value */
function shown(value) {
  return typeof value === 'object' && value !== null ? Object.prototype.toString.call(value) : String(value);
}

/** https://tc39.es/ecma402/#sec-canonicalizelocalelist @param {any} [locales] @returns {string[]} */
export function canonicalList(locales) {
  if (locales === undefined) return [];
  if (locales === null) throw new TypeError('Cannot convert undefined or null to object');
  if (typeof locales === 'string' || isLocale(locales)) return [canonicalTag(locales)];
  const list = Object(locales);
  const length = Math.min(Math.max(Math.trunc(Number(list.length)) || 0, 0), Number.MAX_SAFE_INTEGER);
  const seen = new Set();
  for (let i = 0; i < length; i++) if (i in list) seen.add(canonicalTag(list[i]));
  return [...seen];
}

/** @param {any} value */
function isLocale(value) {
  return typeof value === 'object' && value !== null && localeText(value) !== undefined;
}

/** What `new Intl.Locale` made is known by its class alone. @type {(value: object) => string | undefined} */
let localeText = () => undefined;

/** @param {(value: object) => string | undefined} text */
export function setLocaleText(text) {
  localeText = text;
}

/** @param {any} tag @returns {string} */
function canonicalTag(tag) {
  if (typeof tag !== 'string' && (typeof tag !== 'object' || tag === null))
    throw new TypeError('Incorrect locale information provided');
  const known = typeof tag === 'object' ? localeText(tag) : undefined;
  if (known !== undefined) return known;
  const text = `${tag}`;
  const parsed = parse(text);
  if (!parsed) throw new RangeError(`Incorrect locale information provided`);
  return written(parsed);
}

/**
 * The locale that is used, what it says by its extension, and the name of the tables.
 * @param {unknown} locales @param {Record<string, string | undefined>} options values of keywords that are asked for
 * @param {Record<string, (value: string) => boolean>} keys the keywords that matter, and what each may be
 * @returns {{ locale: string, data: string, keywords: Record<string, string | undefined>, language: string }}
 */
export function resolve(locales, options, keys) {
  for (const tag of canonicalList(locales)) {
    const parsed = /** @type {import('./intl/tags.js').Tag} */ (parse(tag));
    const data = available(base({ ...parsed, variants: [] }));
    if (data) return chosen(parsed, data, options, keys);
  }
  return chosen(/** @type {any} */ (parse(DEFAULT)), DEFAULT, options, keys);
}

/**
 * @param {import('./intl/tags.js').Tag} tag @param {string} data
 * @param {Record<string, string | undefined>} options @param {Record<string, (value: string) => boolean>} keys
 */
function chosen(tag, data, options, keys) {
  /** @type {Record<string, string | undefined>} */
  const keywords = {};
  const kept = new Map();
  for (const [key, allows] of Object.entries(keys)) {
    let value = tag.keywords.get(key);
    if (value === '') value = 'true';
    if (value !== undefined && allows(value)) {
      keywords[key] = value;
      kept.set(key, value === 'true' ? '' : value);
    }
    const asked = options[key];
    if (asked !== undefined && allows(asked) && asked !== keywords[key]) {
      keywords[key] = asked;
      kept.delete(key);
    }
  }
  const used = /** @type {import('./intl/tags.js').Tag} */ (parse(data));
  used.keywords = kept;
  return { locale: written(used), data, keywords, language: used.language };
}

/** @param {unknown} locales @param {any} [options] @returns {string[]} */
export function supported(locales, options) {
  const list = canonicalList(locales);
  if (options !== undefined) option(Object(options), 'localeMatcher', 'string', MATCHERS, 'best fit', 'Intl');
  return list.filter((tag) => available(base({ .../** @type {any} */ (parse(tag)), variants: [] })));
}

export const MATCHERS = ['lookup', 'best fit'];

/** https://tc39.es/ecma402/#sec-getoptionsobject @param {any} options @returns {any} */
export function optionsObject(options) {
  if (options === undefined) return Object.create(null);
  if (typeof options === 'object' || typeof options === 'function') {
    if (options !== null) return options;
  }
  throw new TypeError('Incorrect options information provided');
}

/** https://tc39.es/ecma402/#sec-coerceoptionstoobject @param {any} options @returns {any} */
export function coerced(options) {
  if (options === undefined) return Object.create(null);
  if (options === null) throw new TypeError('Cannot convert undefined or null to object');
  return Object(options);
}

/**
 * https://tc39.es/ecma262/#sec-getoption
 * @param {any} options @param {string} name @param {'string' | 'boolean'} type @param {readonly string[] | undefined} values
 * @param {any} otherwise @param {string} whose the class, for the message @returns {any}
 */
export function option(options, name, type, values, otherwise, whose) {
  const given = options[name];
  if (given === undefined) return otherwise;
  if (type === 'boolean') return Boolean(given);
  const text = `${given}`;
  if (values && !values.includes(text))
    throw new RangeError(`Value ${text.slice(0, 100)} out of range for ${whose} options property ${name}`);
  return text;
}

/** https://tc39.es/ecma402/#sec-getnumberoption @param {any} options @param {string} name @param {number} least @param {number} most @param {number | undefined} otherwise @returns {any} */
export function numberOption(options, name, least, most, otherwise) {
  return number(options[name], name, least, most, otherwise);
}

/** @param {any} given @param {string} name @param {number} least @param {number} most @param {any} otherwise @returns {any} */
export function number(given, name, least, most, otherwise) {
  if (given === undefined) return otherwise;
  const value = Number(given);
  if (!(value >= least && value <= most)) throw new RangeError(`${name} value is out of range.`);
  return Math.floor(value);
}

/** A keyword's value as an option: checked in form alone. @param {any} options @param {string} name @param {string} whose */
export function typeOption(options, name, whose) {
  const value = option(options, name, 'string', undefined, undefined, whose);
  if (value !== undefined && !isType(value)) throw new RangeError(`Invalid ${name} : ${value.slice(0, 100)}`);
  return value?.toLowerCase();
}

/** Digits of a numbering system. @param {string} name @returns {string[] | undefined} */
export function digitsOf(name) {
  if (name === 'latn') return undefined;
  const text = shared().digits[name];
  return text && [...text];
}

/** @param {string} name */
export function isNumbering(name) {
  return name === 'latn' || Object.hasOwn(shared().digits, name);
}

/** Makes methods look as the platform's do. @param {any} type @param {string} name */
export function named(type, name) {
  Object.defineProperty(type, 'length', { value: 0, configurable: true });
  Object.defineProperty(type.prototype, Symbol.toStringTag, { value: `Intl.${name}`, configurable: true });
  return type;
}

/** @param {{ type: string, value: string }[]} parts */
export function joined(parts) {
  let text = '';
  for (const part of parts) text += part.value;
  return text;
}

/**
 * A class that may be called without `new`, as those of the first edition. @param {any} type @param {string} name
 * @returns {any}
 */
export function callable(type, name) {
  /** @type {any} */
  const whole = {
    /** @param {any} [locales] @param {any} [options] */
    [name]: function (locales, options) {
      return Reflect.construct(type, [locales, options], new.target ?? whole);
    },
  }[name];
  whole.prototype = type.prototype;
  Object.defineProperty(whole, 'prototype', { writable: false, enumerable: false });
  Object.defineProperty(type.prototype, 'constructor', { value: whole, writable: true, configurable: true });
  Object.defineProperty(whole, 'supportedLocalesOf', {
    value: type.supportedLocalesOf,
    writable: true,
    configurable: true,
  });
  return named(whole, name);
}
