// https://tc39.es/ecma402/#relativetimeformat-objects
const core = runtime.module('intl-core');
const { option } = core;
const NAME = 'Intl.RelativeTimeFormat';
const UNITS = ['second', 'minute', 'hour', 'day', 'week', 'month', 'quarter', 'year'];
const slots = new core.Slots(NAME);

export class RelativeTimeFormat {
  /** @param {any} [locales] @param {any} [given] */
  constructor(locales, given) {
    const list = core.canonicalList(locales);
    const options = core.coerced(given);
    option(options, 'localeMatcher', 'string', core.MATCHERS, undefined, NAME);
    const numbering = core.typeOption(options, 'numberingSystem', 'numberingSystem');
    const { locale, data, keywords } = core.resolve(list, { nu: numbering }, { nu: core.isNumbering });
    const style = option(options, 'style', 'string', ['long', 'short', 'narrow'], 'long', NAME);
    const numeric = option(options, 'numeric', 'string', ['always', 'auto'], 'always', NAME);
    const numbers = runtime.module('intl-numbers');
    const number = numbers.create(locale, keywords.nu && { numberingSystem: keywords.nu });
    slots.set(this, { locale, data, style, numeric, number, numbers });
  }

  /** @param {any} value @param {any} unit */
  format(value, unit) {
    return core.joined(parts(slots.of(this, 'format'), value, unit));
  }

  /** @param {any} value @param {any} unit */
  formatToParts(value, unit) {
    return parts(slots.of(this, 'formatToParts'), value, unit);
  }

  resolvedOptions() {
    const { locale, style, numeric, number } = slots.of(this, 'resolvedOptions');
    return { locale, style, numeric, numberingSystem: number.numberingSystem };
  }

  /** @param {any} locales @param {any} [options] */
  static supportedLocalesOf(locales, options) {
    return core.supported(locales, options);
  }
}

/** @param {any} format @param {any} value @param {any} given @returns {any[]} */
function parts(format, value, given) {
  const number = Number(value);
  const asked = `${given}`;
  const unit = UNITS.find((name) => asked === name || asked === `${name}s`);
  if (!unit) throw new RangeError(`Invalid unit argument for ${'format'}() '${asked.slice(0, 100)}'`);
  if (!Number.isFinite(number))
    throw new RangeError('The value need to be finite number for Intl.RelativeTimeFormat.prototype.format()');
  const { data, style, numeric, numbers } = format;
  const table = core.table('relative', data)[unit + (style === 'long' ? '' : `-${style}`)];
  const word = numeric === 'auto' ? table.relative?.[String(number)] : undefined;
  if (word !== undefined) return [{ type: 'literal', value: word }];
  const past = number < 0 || Object.is(number, -0);
  const body = numbers.numberParts(format.number, Math.abs(number));
  const patterns = table.relativeTime[past ? 'past' : 'future'];
  const digits = (/** @type {string} */ type) => numbers.plainDigits(format.number, Math.abs(number))[type];
  const pattern = patterns[numbers.category(data, 'cardinal', digits('whole'), digits('fraction'))] ?? patterns.other;
  const [before, behind] = pattern.split('{0}');
  if (behind === undefined) return [{ type: 'literal', value: before }];
  return [
    ...(before ? [{ type: 'literal', value: before }] : []),
    ...body.map((/** @type {any} */ part) => ({ ...part, unit })),
    ...(behind ? [{ type: 'literal', value: behind }] : []),
  ];
}
