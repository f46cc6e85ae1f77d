// https://tc39.es/ecma402/#sec-setnfdigitoptions and #sec-setnumberformatunitoptions
const core = runtime.module('intl-core');
const { number, numberOption, option } = core;

const MODES = ['ceil', 'floor', 'expand', 'trunc', 'halfCeil', 'halfFloor', 'halfExpand', 'halfTrunc', 'halfEven'];
const INCREMENTS = [1, 2, 5, 10, 20, 25, 50, 100, 200, 250, 500, 1000, 2000, 2500, 5000];

/**
 * @param {any} format is filled @param {any} options @param {number} leastFraction @param {number} mostFraction
 * @param {string} notation @param {string} whose
 */
export function setDigits(format, options, leastFraction, mostFraction, notation, whose) {
  const integer = numberOption(options, 'minimumIntegerDigits', 1, 21, 1);
  let least = options.minimumFractionDigits;
  let most = options.maximumFractionDigits;
  let leastSignificant = options.minimumSignificantDigits;
  let mostSignificant = options.maximumSignificantDigits;
  const increment = numberOption(options, 'roundingIncrement', 1, 5000, 1);
  if (!INCREMENTS.includes(increment)) throw new RangeError('roundingIncrement value is out of range.');
  const mode = option(options, 'roundingMode', 'string', MODES, 'halfExpand', whose);
  const priority = option(
    options,
    'roundingPriority',
    'string',
    ['auto', 'morePrecision', 'lessPrecision'],
    'auto',
    whose,
  );
  const zeros = option(options, 'trailingZeroDisplay', 'string', ['auto', 'stripIfInteger'], 'auto', whose);
  if (increment !== 1) mostFraction = leastFraction;
  Object.assign(format, { integer, increment, mode, zeros });
  const significant = leastSignificant !== undefined || mostSignificant !== undefined;
  const fraction = least !== undefined || most !== undefined;
  let needsSignificant = true;
  let needsFraction = true;
  if (priority === 'auto') {
    needsSignificant = significant;
    if (needsSignificant || (!fraction && notation === 'compact')) needsFraction = false;
  }
  if (needsSignificant) {
    if (significant) {
      format.leastSignificant = number(leastSignificant, 'minimumSignificantDigits', 1, 21, 1);
      format.mostSignificant = number(mostSignificant, 'maximumSignificantDigits', format.leastSignificant, 21, 21);
    } else Object.assign(format, { leastSignificant: 1, mostSignificant: 21 });
  }
  if (needsFraction) {
    if (fraction) {
      least = number(least, 'minimumFractionDigits', 0, 100, undefined);
      most = number(most, 'maximumFractionDigits', 0, 100, undefined);
      if (least === undefined) least = Math.min(leastFraction, most);
      else if (most === undefined) most = Math.max(mostFraction, least);
      else if (least > most) throw new RangeError('maximumFractionDigits value is out of range.');
      Object.assign(format, { leastFraction: least, mostFraction: most });
    } else Object.assign(format, { leastFraction, mostFraction });
  }
  if (!needsSignificant && !needsFraction) {
    Object.assign(format, { leastFraction: 0, mostFraction: 0, leastSignificant: 1, mostSignificant: 2 });
    format.type = 'more';
    format.priority = 'morePrecision';
  } else {
    format.type =
      priority === 'auto' ? (significant ? 'significant' : 'fraction') : priority === 'morePrecision' ? 'more' : 'less';
    format.priority = priority;
  }
  if (increment !== 1) {
    if (format.type !== 'fraction') throw new TypeError('roundingIncrement value is invalid.');
    if (format.mostFraction !== format.leastFraction) throw new RangeError('roundingIncrement value is out of range.');
  }
}

/** @param {any} format is filled @param {any} options @param {string} whose */
export function setUnits(format, options, whose) {
  const style = option(options, 'style', 'string', ['decimal', 'percent', 'currency', 'unit'], 'decimal', whose);
  const currency = option(options, 'currency', 'string', undefined, undefined, whose);
  if (currency !== undefined && !/^[a-z]{3}$/i.test(currency))
    throw new RangeError(`Invalid currency code : ${currency.slice(0, 100)}`);
  if (style === 'currency' && currency === undefined)
    throw new TypeError('Currency code is required with currency style.');
  const currencyDisplay = option(
    options,
    'currencyDisplay',
    'string',
    ['code', 'symbol', 'narrowSymbol', 'name'],
    'symbol',
    whose,
  );
  const currencySign = option(options, 'currencySign', 'string', ['standard', 'accounting'], 'standard', whose);
  const unit = option(options, 'unit', 'string', undefined, undefined, whose);
  if (unit !== undefined && !isUnit(unit))
    throw new RangeError(`Invalid unit argument for ${whose}() '${unit.slice(0, 100)}'`);
  if (style === 'unit' && unit === undefined) throw new TypeError('Required option "unit" must not be undefined');
  const unitDisplay = option(options, 'unitDisplay', 'string', ['short', 'narrow', 'long'], 'short', whose);
  format.style = style;
  if (style === 'currency') Object.assign(format, { currency: currency.toUpperCase(), currencyDisplay, currencySign });
  if (style === 'unit') Object.assign(format, { unit, unitDisplay });
}

/** @param {string} unit */
function isUnit(unit) {
  const simple = core.shared().values.unit;
  const parts = unit.split('-per-');
  return simple.includes(unit) || (parts.length === 2 && parts.every((part) => simple.includes(part)));
}

/** @param {any} options @param {string} notation @param {string} whose @returns {string | false} */
export function groupingOf(options, notation, whose) {
  const otherwise = notation === 'compact' ? 'min2' : 'auto';
  const given = options.useGrouping;
  if (given === undefined) return otherwise;
  if (given === true) return 'always';
  if (given === false || given === null || given === 0 || given === '' || Number.isNaN(given)) return false;
  const text = `${given}`;
  if (text === 'true' || text === 'false') return otherwise;
  if (!['min2', 'auto', 'always'].includes(text))
    throw new RangeError(`Value ${text.slice(0, 100)} out of range for ${whose} options property useGrouping`);
  return text;
}

/** @param {any} format @param {any} shown */
export function digitsShown(format, shown) {
  shown.minimumIntegerDigits = format.integer;
  if (format.leastFraction !== undefined) {
    shown.minimumFractionDigits = format.leastFraction;
    shown.maximumFractionDigits = format.mostFraction;
  }
  if (format.leastSignificant !== undefined) {
    shown.minimumSignificantDigits = format.leastSignificant;
    shown.maximumSignificantDigits = format.mostSignificant;
  }
}

/** @param {any} format @param {any} shown */
export function roundingShown({ increment, mode, priority, zeros }, shown) {
  Object.assign(shown, {
    roundingIncrement: increment,
    roundingMode: mode,
    roundingPriority: priority,
    trailingZeroDisplay: zeros,
  });
}
