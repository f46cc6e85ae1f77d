// https://tc39.es/ecma402/#numberformat-objects
import { affixes, numberParts } from './number-parts.js';
import { digitsShown, groupingOf, roundingShown, setDigits, setUnits } from './number-options.js';
import { rangeParts } from './number-ranges.js';

const core = runtime.module('intl-core');
const { isNumbering, joined, option } = core;

const NAME = 'Intl.NumberFormat';
const slots = new core.Slots(NAME);

/** @param {any} locales @param {any} given */
export function create(locales, given) {
  const list = core.canonicalList(locales);
  const options = core.coerced(given);
  option(options, 'localeMatcher', 'string', core.MATCHERS, undefined, NAME);
  const numbering = core.typeOption(options, 'numberingSystem', 'numberingSystem');
  const { locale, data, keywords } = core.resolve(list, { nu: numbering }, { nu: isNumbering });
  /** @type {any} */
  const format = { locale, data, bound: undefined };
  setUnits(format, options, NAME);
  const notation = option(
    options,
    'notation',
    'string',
    ['standard', 'scientific', 'engineering', 'compact'],
    'standard',
    NAME,
  );
  const { style } = format;
  const standard = style === 'currency' && notation === 'standard';
  const minor = standard ? (core.shared().currencies[format.currency] ?? 2) : 0;
  setDigits(format, options, minor, standard ? minor : style === 'percent' ? 0 : 3, notation, NAME);
  const compactDisplay = option(options, 'compactDisplay', 'string', ['short', 'long'], 'short', NAME);
  format.notation = notation;
  if (notation === 'compact') format.compactDisplay = compactDisplay;
  format.grouping = groupingOf(options, notation, NAME);
  format.signDisplay = option(
    options,
    'signDisplay',
    'string',
    ['auto', 'never', 'always', 'exceptZero', 'negative'],
    'auto',
    NAME,
  );
  return ready(format, keywords.nu);
}

/** With the patterns of its locale. @param {any} format @param {string | undefined} numbering */
export function ready(format, numbering) {
  const table = core.table('numbers', format.data);
  format.numberingSystem = numbering === 'native' ? table.native : (numbering ?? table.numbering);
  format.system = table.systems[format.numberingSystem] ?? table.systems.latn;
  format.digits = core.digitsOf(format.numberingSystem);
  format.least = Number(table.least ?? 1);
  format.unitPatterns = table.unitPatterns;
  const { patterns } = format.system;
  const accounting = format.currencySign === 'accounting';
  format.pattern = affixes(
    format.style === 'percent'
      ? patterns.percentFormat
      : format.style === 'currency' && format.currencyDisplay !== 'name'
        ? accounting
          ? patterns.accountingFormat
          : patterns.currencyFormat
        : patterns.decimalFormat,
  );
  return format;
}

export class NumberFormat {
  /** @param {any} [locales] @param {any} [options] */
  constructor(locales, options) {
    slots.set(this, create(locales, options));
  }

  get format() {
    const format = slots.of(this, 'format');
    return (format.bound ??= bound((/** @type {any} */ value) => joined(numberParts(format, value))));
  }

  /** @param {any} value */
  formatToParts(value) {
    return numberParts(slots.of(this, 'formatToParts'), value);
  }

  /** @param {any} start @param {any} end */
  formatRange(start, end) {
    return joined(rangeParts(slots.of(this, 'formatRange'), start, end));
  }

  /** @param {any} start @param {any} end */
  formatRangeToParts(start, end) {
    return rangeParts(slots.of(this, 'formatRangeToParts'), start, end);
  }

  resolvedOptions() {
    const format = slots.of(this, 'resolvedOptions');
    const { locale, numberingSystem, style } = format;
    /** @type {Record<string, any>} */
    const shown = { locale, numberingSystem, style };
    for (const name of ['currency', 'currencyDisplay', 'currencySign', 'unit', 'unitDisplay'])
      if (name in format) shown[name] = format[name];
    digitsShown(format, shown);
    shown.useGrouping = format.grouping;
    shown.notation = format.notation;
    if ('compactDisplay' in format) shown.compactDisplay = format.compactDisplay;
    shown.signDisplay = format.signDisplay;
    roundingShown(format, shown);
    return shown;
  }

  /** @param {any} locales @param {any} [options] */
  static supportedLocalesOf(locales, options) {
    return core.supported(locales, options);
  }
}

/** @param {(value: any) => string} format */
function bound(format) {
  Object.defineProperty(format, 'name', { value: '', configurable: true });
  return format;
}
