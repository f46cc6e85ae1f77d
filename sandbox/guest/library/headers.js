// https://fetch.spec.whatwg.org/#headers-class. As on servers everywhere no name is forbidden to a program: what must not go
// out (connection headers) is refused where the request is made.
import { needs } from './web/errors.js';
import { toByteText } from './web/convert.js';
import { expose, showAs } from './web/interface.js';
import { makeIterable } from './web/iterators.js';

const NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const FORBIDDEN_IN_VALUES = /[\0\r\n]/;
const OUTER_WHITESPACE = /^[\t\n\r ]+|[\t\n\r ]+$/g;
const SEVERAL = 'set-cookie';

/** @typedef {{ key: string, name: string, value: string }} Entry `key` is the name in lower case */

// What the class does for this module and its users alone.
/** @type {(list: readonly (readonly [string, string])[]) => Headers} */
let fromList;
/** @type {(headers: Headers) => void} */
let freeze;
/** @type {(headers: Headers) => [string, string][]} */
let listOf;
/** @type {(headers: Headers) => Record<string, string>} */
let picture;
/** @type {(headers: Headers) => readonly [string, string][]} */
let sorted;
/** @type {(value: unknown) => value is Headers} */
let isHeaders;

export class Headers {
  /** @type {Entry[]} */
  #entries = [];
  #immutable = false;
  /** @type {[string, string][] | null} */
  #sorted = null;

  /** @param {unknown} [init] */
  constructor(init) {
    if (init !== undefined) this.#fill(init);
  }

  /** @param {unknown} name @param {unknown} value */
  append(name, value) {
    needs(arguments, 'name', 'value');
    const entry = checked(name, value, 'Headers.append');
    this.#mutate();
    const first = entry.key !== SEVERAL && this.#entries.find(({ key }) => key === entry.key);
    if (first) first.value += `, ${entry.value}`;
    else this.#entries.push(entry);
  }

  /** @param {unknown} name */
  delete(name) {
    needs(arguments, 'name');
    const key = checkedName(name, 'Headers.delete').toLowerCase();
    this.#mutate();
    this.#entries = this.#entries.filter((entry) => entry.key !== key);
  }

  /** @param {unknown} name @returns {string | null} */
  get(name) {
    needs(arguments, 'name');
    const key = checkedName(name, 'Headers.get').toLowerCase();
    const values = this.#entries.filter((entry) => entry.key === key);
    return values.length ? values.map(({ value }) => value).join(', ') : null;
  }

  /** @param {unknown} name */
  has(name) {
    needs(arguments, 'name');
    const key = checkedName(name, 'Headers.has').toLowerCase();
    return this.#entries.some((entry) => entry.key === key);
  }

  /** @param {unknown} name @param {unknown} value */
  set(name, value) {
    needs(arguments, 'name', 'value');
    const entry = checked(name, value, 'Headers.set');
    this.#mutate();
    const at = this.#entries.findIndex(({ key }) => key === entry.key);
    if (at < 0) this.#entries.push(entry);
    else this.#entries = this.#entries.filter(({ key }, i) => key !== entry.key || i === at).with(at, entry);
  }

  /** @returns {string[]} */
  getSetCookie() {
    return this.#entries.filter(({ key }) => key === SEVERAL).map(({ value }) => value);
  }

  #mutate() {
    if (this.#immutable) throw new TypeError('immutable');
    this.#sorted = null;
  }

  /** https://fetch.spec.whatwg.org/#concept-headers-fill @param {any} init */
  #fill(init) {
    if (typeof init !== 'object' && typeof init !== 'function') throw notAnInit(init);
    if (init === null) throw notAnInit(init);
    if (isHeaders(init) && /** @type {any} */ (init)[Symbol.iterator] === iterate) {
      this.#entries = init.#entries.map((entry) => ({ ...entry }));
    } else if (typeof init[Symbol.iterator] === 'function') {
      for (const pair of init) {
        if (typeof pair !== 'object' || pair === null || typeof pair[Symbol.iterator] !== 'function')
          throw new TypeError('Headers constructor: each header pair must be iterable');
        const [name, value, ...more] = pair;
        if (more.length || [...pair].length !== 2)
          throw new TypeError('Headers constructor: expected name/value pair to be length 2, found another');
        this.append(name, value);
      }
    } else {
      for (const key of Reflect.ownKeys(init)) {
        if (typeof key === 'symbol') throw new TypeError('Headers constructor: a key is a symbol');
        if (Object.getOwnPropertyDescriptor(init, key)?.enumerable) this.append(key, init[key]);
      }
    }
  }

  static {
    isHeaders = /** @returns {value is Headers} */ (value) =>
      typeof value === 'object' && value !== null && #entries in value;
    fromList = (list) => {
      const headers = new Headers();
      headers.#entries = list.map(([name, value]) => ({ key: name.toLowerCase(), name, value }));
      return headers;
    };
    freeze = (headers) => void (headers.#immutable = true);
    listOf = (headers) => headers.#entries.map(({ name, value }) => [name, value]);
    picture = (headers) => Object.fromEntries(headers.#entries.map(({ key, name }) => [name, headers.get(key) ?? '']));
    sorted = (headers) => {
      if (!isHeaders(headers)) throw new TypeError('Illegal invocation');
      return (headers.#sorted ??= combined(headers.#entries));
    };
  }
}

makeIterable(Headers, 'Headers', sorted);
const iterate = /** @type {any} */ (Headers.prototype)[Symbol.iterator];
expose(Headers, 'Headers');
showAs(Headers, (headers) => picture(headers));

export { freeze, fromList, isHeaders, listOf };

/** https://fetch.spec.whatwg.org/#concept-header-list-sort-and-combine @param {Entry[]} entries */
function combined(entries) {
  /** @type {Map<string, string>} */
  const values = new Map();
  /** @type {[string, string][]} */
  const pairs = [];
  for (const { key, value } of entries) {
    if (key === SEVERAL) pairs.push([key, value]);
    else values.set(key, values.has(key) ? `${values.get(key)}, ${value}` : value);
  }
  pairs.push(...values);
  return pairs.sort(([one], [other]) => (one < other ? -1 : one > other ? 1 : 0));
}

/** @param {unknown} name @param {unknown} value @param {string} where @returns {Entry} */
function checked(name, value, where) {
  const text = toByteText(name, `${where}: name`);
  const clean = toByteText(value, `${where}: value`).replace(OUTER_WHITESPACE, '');
  const known = validName(text, where);
  if (FORBIDDEN_IN_VALUES.test(clean)) throw new TypeError(`${where}: ${clean} is an invalid header value.`);
  return { key: known.toLowerCase(), name: known, value: clean };
}

/** @param {unknown} name @param {string} where */
function checkedName(name, where) {
  return validName(toByteText(name, `${where}: name`), where);
}

/** @param {string} name @param {string} where */
function validName(name, where) {
  if (!NAME.test(name)) throw new TypeError(`${where}: ${name} is an invalid header name.`);
  return name;
}

/** @param {unknown} init */
function notAnInit(init) {
  return new TypeError(
    `Headers constructor: init (${String(init)}) could not be converted to any of: sequence<sequence<ByteString>>, record<ByteString, ByteString>.`,
  );
}
