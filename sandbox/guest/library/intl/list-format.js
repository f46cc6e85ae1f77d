// https://tc39.es/ecma402/#listformat-objects
const core = runtime.module('intl-core');
const { option } = core;
const NAME = 'Intl.ListFormat';
const slots = new core.Slots(NAME);
const TABLES = /** @type {Record<string, string>} */ ({ conjunction: 'standard', disjunction: 'or', unit: 'unit' });

/** What joins two depends on what comes. @type {Record<string, [RegExp, RegExp, string][]>} */
const EXCEPTIONS = {
  es: [
    [/^\{0\} y \{1\}$/, /^(?:i|hi(?![ae]))/i, '{0} e {1}'],
    [/^\{0\} o \{1\}$/, /^(?:h?o|8|11(?: |$))/i, '{0} u {1}'],
  ],
  he: [[/^\{0\} ו\{1\}$/, /^[^\u0590-\u05ff]/, '{0} ו-{1}']],
};

export class ListFormat {
  /** @param {any} [locales] @param {any} [given] */
  constructor(locales, given) {
    const list = core.canonicalList(locales);
    const options = core.optionsObject(given);
    option(options, 'localeMatcher', 'string', core.MATCHERS, undefined, NAME);
    const { locale, data, language } = core.resolve(list, {}, {});
    const type = option(options, 'type', 'string', Object.keys(TABLES), 'conjunction', NAME);
    const style = option(options, 'style', 'string', ['long', 'short', 'narrow'], 'long', NAME);
    const patterns = core.table('lists', data)[TABLES[type] + (style === 'long' ? '' : `-${style}`)];
    slots.set(this, { locale, type, style, patterns, language });
  }

  /** @param {any} list */
  format(list) {
    return core.joined(parts(slots.of(this, 'format'), list));
  }

  /** @param {any} list */
  formatToParts(list) {
    return parts(slots.of(this, 'formatToParts'), list);
  }

  resolvedOptions() {
    const { locale, type, style } = slots.of(this, 'resolvedOptions');
    return { locale, type, style };
  }

  /** @param {any} locales @param {any} [options] */
  static supportedLocalesOf(locales, options) {
    return core.supported(locales, options);
  }
}

/** @param {any} format @param {any} given @returns {{ type: string, value: string }[]} */
function parts({ patterns, language }, given) {
  const texts = [];
  for (const value of given === undefined ? [] : given) {
    if (typeof value !== 'string') throw new TypeError(`Iterable yielded ${shown(value)} which is not a string`);
    texts.push(value);
  }
  const last = texts.length - 1;
  const result = texts.length ? [element(texts[last])] : [];
  for (let i = last - 1; i >= 0; i--) {
    const pattern =
      texts.length === 2 ? patterns['2'] : i === last - 1 ? patterns.end : i ? patterns.middle : patterns.start;
    const [before, between, behind] = pieces(language, pattern, texts[i + 1]);
    result.unshift(...literal(before), element(texts[i]), ...literal(between));
    result.push(...literal(behind));
  }
  return result;
}

/** @param {string} language @param {string} pattern @param {string} next */
function pieces(language, pattern, next) {
  for (const [is, before, instead] of EXCEPTIONS[language] ?? [])
    if (is.test(pattern) && before.test(next)) pattern = instead;
  return /** @type {string[]} */ (/^([^]*)\{0\}([^]*)\{1\}([^]*)$/.exec(pattern)).slice(1);
}

/** @param {unknown} value */
function shown(value) {
  return typeof value === 'object' && value !== null ? '#<Object>' : String(value);
}

/** @param {string} value */
function element(value) {
  return { type: 'element', value };
}

/** @param {string} value */
function literal(value) {
  return value ? [{ type: 'literal', value }] : [];
}
