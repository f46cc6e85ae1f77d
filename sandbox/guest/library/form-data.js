// https://xhr.spec.whatwg.org/#interface-formdata
import { hasTag, toText } from './web/convert.js';
import { coded, needs } from './web/errors.js';
import { expose, showAs } from './web/interface.js';
import { makeIterable } from './web/iterators.js';

/** @typedef {import('./blob.js').File} File */
/** @typedef {[string, string | File]} Entry */

/** @type {(value: unknown) => value is FormData} */
let isFormData;
/** @type {(form: FormData) => readonly Entry[]} */
let entriesOf;

export class FormData {
  /** @type {Entry[]} */
  #entries = [];

  /** @param {unknown} [form] there are no forms outside a browser */
  constructor(form) {
    if (form !== undefined)
      throw new TypeError('FormData constructor: Argument 1 could not be converted to: undefined.');
  }

  /** @param {unknown} name @param {unknown} value @param {unknown} [filename] */
  append(name, value, filename) {
    needs(arguments, 'name', 'value');
    this.#entries.push(entry(name, value, filename, arguments.length > 2));
  }

  /** @param {unknown} name */
  delete(name) {
    needs(arguments, 'name');
    const key = toText(name);
    this.#entries = this.#entries.filter(([other]) => other !== key);
  }

  /** @param {unknown} name */
  get(name) {
    needs(arguments, 'name');
    const key = toText(name);
    return this.#entries.find(([other]) => other === key)?.[1] ?? null;
  }

  /** @param {unknown} name */
  getAll(name) {
    needs(arguments, 'name');
    const key = toText(name);
    return this.#entries.filter(([other]) => other === key).map(([, value]) => value);
  }

  /** @param {unknown} name */
  has(name) {
    needs(arguments, 'name');
    const key = toText(name);
    return this.#entries.some(([other]) => other === key);
  }

  /** @param {unknown} name @param {unknown} value @param {unknown} [filename] */
  set(name, value, filename) {
    needs(arguments, 'name', 'value');
    const made = entry(name, value, filename, arguments.length > 2);
    const at = this.#entries.findIndex(([other]) => other === made[0]);
    if (at < 0) this.#entries.push(made);
    else this.#entries = this.#entries.filter(([other], i) => other !== made[0] || i === at).with(at, made);
  }

  static {
    isFormData = /** @returns {value is FormData} */ (value) =>
      typeof value === 'object' && value !== null && #entries in value;
    entriesOf = (form) => {
      if (!isFormData(form)) throw coded(new TypeError('Illegal invocation'), 'ERR_INVALID_THIS');
      return form.#entries;
    };
  }
}

makeIterable(FormData, 'FormData', entriesOf);
expose(FormData, 'FormData');
showAs(FormData, (form) => {
  /** @type {Record<string, unknown>} */
  const shown = {};
  for (const [name, value] of entriesOf(form)) {
    const before = shown[name];
    shown[name] = before === undefined ? value : Array.isArray(before) ? [...before, value] : [before, value];
  }
  return shown;
});

export { entriesOf, isFormData };

/** https://xhr.spec.whatwg.org/#create-an-entry @param {unknown} name @param {unknown} value @param {unknown} filename @param {boolean} named @returns {Entry} */
function entry(name, value, filename, named) {
  const key = toText(name);
  if (hasTag(value, 'Blob') || hasTag(value, 'File')) {
    /** @type {typeof import('./blob.js')} */
    const { isBlob, isFile, makeFile } = runtime.module('blob');
    if (isFile(value) && !named) return [key, value];
    if (isBlob(value)) {
      const fallback = isFile(value) ? value.name : 'blob';
      return [
        key,
        makeFile(value, named ? toText(filename) : fallback, isFile(value) ? value.lastModified : Date.now()),
      ];
    }
  }
  if (named) throw new TypeError("FormData.append: parameter 2 is not of type 'Blob'.");
  return [key, toText(value)];
}
