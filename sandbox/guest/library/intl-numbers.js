// Intl.NumberFormat and Intl.PluralRules, and what numbers show of themselves.
import { create, NumberFormat as Format } from './intl/number-format.js';
import { countedDigits, numberParts } from './intl/number-parts.js';
import { PluralRules as Rules } from './intl/plural-rules.js';
import { category } from './intl/plurals.js';

const core = runtime.module('intl-core');

/** The standard lets it be called without `new`. */
export const NumberFormat = core.callable(Format, 'NumberFormat');
export const PluralRules = core.named(Rules, 'PluralRules');
export { category, create, numberParts, countedDigits as plainDigits };

/** @type {Map<string, any>} */
const plain = new Map();

/** https://tc39.es/ecma402/#sup-number.prototype.tolocalestring @param {any} value @param {any} locales @param {any} options */
export function localeText(value, locales, options) {
  let format;
  if (options === undefined && (locales === undefined || typeof locales === 'string')) {
    const key = `${locales}`;
    format = plain.get(key);
    if (!format) {
      if (plain.size > 100) plain.clear();
      plain.set(key, (format = create(locales, options)));
    }
  } else format = create(locales, options);
  return core.joined(numberParts(format, value));
}
