// What numbers, dates, texts and lists show in a locale: https://tc39.es/ecma402/#locale-sensitive-functions. These take the
// place of the engine's own, which do not look at their arguments.
const core = runtime.module('intl-core');
const { getTime } = Date.prototype;
const numberValue = Number.prototype.valueOf;
const bigintValue = BigInt.prototype.valueOf;
const { toLocaleLowerCase, toLocaleUpperCase } = String.prototype;
const lengthOf = /** @type {any} */ (
  Object.getOwnPropertyDescriptor(Object.getPrototypeOf(Uint8Array.prototype), 'length')
).get;

/** Above the letters of a locale whose capitals are its own. */
const ABOVE = '[\\u0300-\\u0304\\u0306-\\u0314]';

const METHODS = /** @type {const} */ ({
  date: {
    /** @this {any} @param {any} [locales] @param {any} [options] */
    toLocaleDateString(locales, options) {
      return dates().localeText(getTime.call(this), locales, options, 'date', 'date');
    },
    /** @this {any} @param {any} [locales] @param {any} [options] */
    toLocaleString(locales, options) {
      return dates().localeText(getTime.call(this), locales, options, 'any', 'all');
    },
    /** @this {any} @param {any} [locales] @param {any} [options] */
    toLocaleTimeString(locales, options) {
      return dates().localeText(getTime.call(this), locales, options, 'time', 'time');
    },
  },
  number: {
    /** @this {any} @param {any} [locales] @param {any} [options] */
    toLocaleString(locales, options) {
      return numbers().localeText(numberValue.call(this), locales, options);
    },
  },
  bigint: {
    /** @this {any} @param {any} [locales] @param {any} [options] */
    toLocaleString(locales, options) {
      return numbers().localeText(bigintValue.call(this), locales, options);
    },
  },
  string: {
    /** @this {any} @param {any} that @param {any} [locales] @param {any} [options] */
    localeCompare(that, locales, options) {
      const text = own(this, 'localeCompare');
      return runtime.module('intl-collator').localeCompare(text, `${that}`, locales, options);
    },
    /** @this {any} @param {any} [locales] */
    toLocaleLowerCase(locales) {
      const text = own(this, 'toLocaleLowerCase');
      const language = languageOf(locales);
      if (language === 'tr' || language === 'az') return toLocaleLowerCase.call(turkishLower(text));
      return language === 'lt' ? lithuanianLower(text) : toLocaleLowerCase.call(text);
    },
    /** @this {any} @param {any} [locales] */
    toLocaleUpperCase(locales) {
      const text = own(this, 'toLocaleUpperCase');
      const language = languageOf(locales);
      if (language === 'tr' || language === 'az') return toLocaleUpperCase.call(text.replaceAll('i', '\u0130'));
      if (language === 'el') return greekUpper(text);
      return toLocaleUpperCase.call(language === 'lt' ? text.replace(/(?<=[ij\u012f])\u0307/g, '') : text);
    },
  },
  array: {
    /** @this {any} @param {any} [locales] @param {any} [options] */
    toLocaleString(locales, options) {
      const list = Object(this);
      const length = Math.min(Math.max(Math.trunc(Number(list.length)) || 0, 0), Number.MAX_SAFE_INTEGER);
      return listed(list, length, locales, options);
    },
  },
  typedArray: {
    /** @this {any} @param {any} [locales] @param {any} [options] */
    toLocaleString(locales, options) {
      return listed(this, lengthOf.call(this), locales, options);
    },
  },
});

put(Date.prototype, METHODS.date);
put(Number.prototype, METHODS.number);
put(BigInt.prototype, METHODS.bigint);
put(String.prototype, METHODS.string);
put(Array.prototype, METHODS.array);
put(Object.getPrototypeOf(Uint8Array.prototype), METHODS.typedArray);

function dates() {
  return runtime.module('intl-dates');
}

function numbers() {
  return runtime.module('intl-numbers');
}

/** Lists that are being shown: one that holds itself shows nothing there. @type {Set<object>} */
const under = new Set();

/** @param {any} list @param {number} length @param {any} locales @param {any} options */
function listed(list, length, locales, options) {
  if (under.has(list)) return '';
  under.add(list);
  try {
    let text = '';
    for (let i = 0; i < length; i++) {
      if (i) text += ',';
      const one = list[i];
      if (one !== undefined && one !== null) text += one.toLocaleString(locales, options);
    }
    return text;
  } finally {
    under.delete(list);
  }
}

/** @param {any} value @param {string} method */
function own(value, method) {
  if (value === undefined || value === null)
    throw new TypeError(`String.prototype.${method} called on null or undefined`);
  return `${value}`;
}

/** https://tc39.es/ecma402/#sec-transform-case @param {any} locales */
function languageOf(locales) {
  if (locales === undefined) return 'en';
  const [first] = core.canonicalList(locales);
  return first === undefined ? 'en' : core.parse(first).language;
}

/** @param {string} text */
function turkishLower(text) {
  return text
    .replace(/I\u0307/g, 'i')
    .replaceAll('\u0130', 'i')
    .replaceAll('I', '\u0131');
}

/** A dot stays above a letter that has another mark. @param {string} text */
function lithuanianLower(text) {
  const kept = text
    .replaceAll('\u00cc', 'i\u0307\u0300')
    .replaceAll('\u00cd', 'i\u0307\u0301')
    .replaceAll('\u0128', 'i\u0307\u0303')
    .replace(new RegExp(`([IJ\u012e])(?=${ABOVE})`, 'g'), (_, letter) => `${toLocaleLowerCase.call(letter)}\u0307`);
  return toLocaleLowerCase.call(kept);
}

/** Greek capitals lose their accents. @param {string} text */
function greekUpper(text) {
  const bare = text
    .normalize('NFD')
    .replace(/(?<=[\u0370-\u03ff]\u0308?)[\u0300\u0301\u0313\u0314\u0342]/g, '')
    .normalize('NFC');
  return toLocaleUpperCase.call(bare);
}

/** @param {any} holder @param {Record<string, Function>} methods */
function put(holder, methods) {
  for (const [name, value] of Object.entries(methods)) {
    Object.defineProperty(value, 'length', { value: name === 'localeCompare' ? 1 : 0, configurable: true });
    Object.defineProperty(holder, name, { value, writable: true, configurable: true });
  }
}
