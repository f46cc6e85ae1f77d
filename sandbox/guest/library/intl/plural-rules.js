// https://tc39.es/ecma402/#pluralrules-objects
import { countedDigits } from './number-parts.js';
import { digitsShown, roundingShown, setDigits } from './number-options.js';
import { categories, category } from './plurals.js';

const core = runtime.module('intl-core');
const NAME = 'Intl.PluralRules';
const slots = new core.Slots(NAME);

export class PluralRules {
  /** @param {any} [locales] @param {any} [given] */
  constructor(locales, given) {
    const list = core.canonicalList(locales);
    const options = core.coerced(given);
    core.option(options, 'localeMatcher', 'string', core.MATCHERS, undefined, NAME);
    const { locale, data } = core.resolve(list, {}, {});
    const type = core.option(options, 'type', 'string', ['cardinal', 'ordinal'], 'cardinal', NAME);
    /** @type {any} */
    const format = { locale, data, kind: type, style: 'decimal', notation: 'standard' };
    setDigits(format, options, 0, 3, 'standard', NAME);
    slots.set(this, format);
  }

  /** @param {any} value */
  select(value) {
    return selected(slots.of(this, 'select'), value);
  }

  /** @param {any} start @param {any} end */
  selectRange(start, end) {
    const format = slots.of(this, 'selectRange');
    if (start === undefined || end === undefined) throw new TypeError('start or end cannot be undefined');
    if (Number.isNaN(Number(start)) || Number.isNaN(Number(end))) throw new RangeError('Invalid argument');
    return selected(format, end);
  }

  resolvedOptions() {
    const format = slots.of(this, 'resolvedOptions');
    const { locale, data, kind } = format;
    /** @type {Record<string, any>} */
    const shown = { locale, type: kind };
    digitsShown(format, shown);
    shown.pluralCategories = categories(data, kind);
    roundingShown(format, shown);
    return shown;
  }

  /** @param {any} locales @param {any} [options] */
  static supportedLocalesOf(locales, options) {
    return core.supported(locales, options);
  }
}

/** @param {any} format @param {any} value */
function selected(format, value) {
  const { whole, fraction, special } = countedDigits(format, Number(value));
  return special ? 'other' : category(format.data, format.kind, whole, fraction);
}
