// https://tc39.es/ecma402/, as far as packages need it to load and to word their errors: ListFormat and PluralRules, in
// English. The specification lets an implementation know one locale: every other is answered in that one. What is not
// here (DateTimeFormat, NumberFormat, Collator ...) is undefined, which packages look for; a wrong date would be worse.
const DEFAULT = 'en-US';
const KNOWN = new Set(['en', DEFAULT]);
const TAG = /^[a-z]{2,8}(?:-[a-z0-9]{1,8})*$/i;

/** Words before the last of two, and of more. https://github.com/unicode-org/cldr, common/main/en.xml, listPatterns */
const JOINTS = {
  conjunction: { long: [' and ', ', and '], short: [' & ', ', & '], narrow: [', ', ', '] },
  disjunction: { long: [' or ', ', or '], short: [' or ', ', or '], narrow: [' or ', ', or '] },
  unit: { long: [', ', ', '], short: [', ', ', '], narrow: [' ', ' '] },
};

class ListFormat {
  #locale;
  #type;
  #style;

  /** @param {unknown} [locales] @param {any} [options] */
  constructor(locales, options) {
    this.#locale = chosen(locales);
    const given = options === undefined ? {} : objectOf(options);
    this.#type = option(given, 'type', /** @type {const} */ (['conjunction', 'disjunction', 'unit']));
    this.#style = option(given, 'style', /** @type {const} */ (['long', 'short', 'narrow']));
  }

  /** @param {Iterable<string>} list */
  format(list) {
    return this.formatToParts(list)
      .map((part) => part.value)
      .join('');
  }

  /** @param {Iterable<string>} list */
  formatToParts(list) {
    const [pair, last] = JOINTS[this.#type][this.#style];
    const between = this.#type === 'unit' && this.#style === 'narrow' ? ' ' : ', ';
    const texts = list === undefined ? [] : [...list];
    return texts.flatMap((value, index) => {
      if (typeof value !== 'string') throw new TypeError('Iterable yielded a value that is not a string');
      const element = { type: 'element', value };
      if (index === 0) return [element];
      const ends = index === texts.length - 1;
      return [{ type: 'literal', value: !ends ? between : texts.length === 2 ? pair : last }, element];
    });
  }

  resolvedOptions() {
    return { locale: this.#locale, type: this.#type, style: this.#style };
  }

  /** @param {unknown} [locales] */
  static supportedLocalesOf(locales) {
    return canonical(locales).filter((locale) => KNOWN.has(locale));
  }
}

class PluralRules {
  #locale;
  #type;

  /** @param {unknown} [locales] @param {any} [options] */
  constructor(locales, options) {
    this.#locale = chosen(locales);
    const given = options === undefined ? {} : objectOf(options);
    this.#type = option(given, 'type', /** @type {const} */ (['cardinal', 'ordinal']));
  }

  /** https://www.unicode.org/cldr/charts/latest/supplemental/language_plural_rules.html#en @param {unknown} value */
  select(value) {
    const number = Math.abs(Number(value));
    if (this.#type === 'cardinal') return number === 1 ? 'one' : 'other';
    const kind = /** @type {Record<number, string>} */ ({ 1: 'one', 2: 'two', 3: 'few' })[number % 10];
    return kind !== undefined && number % 100 !== 10 + (number % 10) ? kind : 'other';
  }

  resolvedOptions() {
    const pluralCategories = this.#type === 'cardinal' ? ['one', 'other'] : ['few', 'one', 'two', 'other'];
    return { locale: this.#locale, type: this.#type, pluralCategories };
  }

  /** @param {unknown} [locales] */
  static supportedLocalesOf(locales) {
    return canonical(locales).filter((locale) => KNOWN.has(locale));
  }
}

for (const [name, type] of Object.entries({ ListFormat, PluralRules })) {
  Object.defineProperty(type.prototype, Symbol.toStringTag, { value: `Intl.${name}`, configurable: true });
}

export const Intl = Object.defineProperties(
  {},
  {
    [Symbol.toStringTag]: { value: 'Intl', configurable: true },
    getCanonicalLocales: { value: canonical, configurable: true, writable: true },
    ListFormat: { value: ListFormat, configurable: true, writable: true },
    PluralRules: { value: PluralRules, configurable: true, writable: true },
  },
);

/** @param {unknown} [locales] @returns {string[]} */
function canonical(locales) {
  if (locales === undefined) return [];
  if (locales === null) throw new TypeError('Cannot convert null to an object');
  const tags = typeof locales === 'string' ? [locales] : Array.from(/** @type {any} */ (locales));
  return [...new Set(tags.map(cased))];
}

/** @param {unknown} tag */
function cased(tag) {
  if (typeof tag !== 'string') throw new TypeError('Incorrect locale information provided');
  if (!TAG.test(tag)) throw new RangeError(`Incorrect locale information provided: ${tag}`);
  const [language, ...rest] = tag.toLowerCase().split('-');
  const parts = rest.map((part) =>
    part.length === 2 ? part.toUpperCase() : part.length === 4 ? part[0].toUpperCase() + part.slice(1) : part,
  );
  return [language, ...parts].join('-');
}

/** @param {unknown} locales */
function chosen(locales) {
  return canonical(locales).find((locale) => KNOWN.has(locale)) ?? DEFAULT;
}

/** @param {unknown} options */
function objectOf(options) {
  if (options === null || typeof options !== 'object') throw new TypeError('Options are no object');
  return /** @type {Record<string, unknown>} */ (options);
}

/**
 * @template {string} Value
 * @param {Record<string, unknown>} options @param {string} name @param {readonly Value[]} values the first is the default
 * @returns {Value}
 */
function option(options, name, values) {
  const given = options[name];
  if (given === undefined) return values[0];
  const found = values.find((value) => value === `${given}`);
  if (found === undefined) throw new RangeError(`Value ${given} out of range for Intl options property ${name}`);
  return found;
}
