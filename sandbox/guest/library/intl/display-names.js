// https://tc39.es/ecma402/#intl-displaynames-objects, names composed as https://www.unicode.org/reports/tr35/tr35-general.html#Display_Name_Elements
const core = runtime.module('intl-core');
const { option } = core;
const NAME = 'Intl.DisplayNames';
const TYPES = ['language', 'region', 'script', 'currency', 'calendar', 'dateTimeField'];
const STYLES = ['long', 'short', 'narrow'];
const FIELDS = /** @type {Record<string, string>} */ ({
  era: 'era',
  year: 'year',
  quarter: 'quarter',
  month: 'month',
  weekOfYear: 'week',
  weekday: 'weekday',
  day: 'day',
  dayPeriod: 'dayperiod',
  hour: 'hour',
  minute: 'minute',
  second: 'second',
  timeZoneName: 'zone',
});
const FORMS = /** @type {Record<string, RegExp>} */ ({
  region: /^(?:[a-z]{2}|\d{3})$/i,
  script: /^[a-z]{4}$/i,
  currency: /^[a-z]{3}$/i,
  calendar: /^[a-z0-9]{3,8}(?:-[a-z0-9]{3,8})*$/i,
});
const slots = new core.Slots(NAME);

export class DisplayNames {
  /** @param {any} locales @param {any} given */
  constructor(locales, given) {
    const list = core.canonicalList(locales);
    if (given === undefined) throw new TypeError('Required option "type" must not be undefined');
    const options = core.optionsObject(given);
    option(options, 'localeMatcher', 'string', core.MATCHERS, undefined, NAME);
    const style = option(options, 'style', 'string', STYLES, 'long', NAME);
    const type = option(options, 'type', 'string', TYPES, undefined, NAME);
    if (type === undefined) throw new TypeError('Required option "type" must not be undefined');
    const fallback = option(options, 'fallback', 'string', ['code', 'none'], 'code', NAME);
    const languageDisplay = option(options, 'languageDisplay', 'string', ['dialect', 'standard'], 'dialect', NAME);
    const { locale, data } = core.resolve(list, {}, {});
    slots.set(this, { locale, data, style, type, fallback, languageDisplay });
  }

  /** @param {any} code */
  of(code) {
    const names = slots.of(this, 'of');
    const text = `${code}`;
    const [known, canonical] = found(names, text);
    return known ?? (names.fallback === 'code' ? canonical : undefined);
  }

  resolvedOptions() {
    const { locale, style, type, fallback, languageDisplay } = slots.of(this, 'resolvedOptions');
    return { locale, style, type, fallback, ...(type === 'language' && { languageDisplay }) };
  }

  /** @param {any} locales @param {any} [options] */
  static supportedLocalesOf(locales, options) {
    return core.supported(locales, options);
  }
}

/** @param {any} names @param {string} code @returns {[string | undefined, string]} */
function found(names, code) {
  const { type, style, data } = names;
  if (FORMS[type] && !FORMS[type].test(code))
    throw new RangeError(`Invalid argument to Intl.DisplayNames.prototype.of`);
  const table = core.table('names', data);
  const short = style !== 'long';
  switch (type) {
    case 'language':
      return language(names, table, code);
    case 'region': {
      const region = code.toUpperCase();
      return [(short ? table.shortRegions?.[region] : undefined) ?? table.regions[region], region];
    }
    case 'script': {
      const script = code[0].toUpperCase() + code.slice(1).toLowerCase();
      return [table.scripts[script], script];
    }
    case 'currency': {
      const currency = code.toUpperCase();
      return [core.table('currencies', data).names[currency]?.[1], currency];
    }
    case 'calendar': {
      const calendar = code.toLowerCase();
      const known = { gregory: 'gregorian', ethioaa: 'ethiopic-amete-alem' }[calendar] ?? calendar;
      return [table.calendars?.[known], calendar];
    }
  }
  const field = FIELDS[code];
  if (!field) throw new RangeError('Invalid argument to Intl.DisplayNames.prototype.of');
  const all = table.fields[field];
  return [all[STYLES.indexOf(style)] ?? all[0], code];
}

/** @param {any} names @param {any} table @param {string} code @returns {[string | undefined, string]} */
function language({ style, languageDisplay }, table, code) {
  const tag = core.parse(code);
  if (!tag || tag.keywords.size || tag.others.length || tag.privately)
    throw new RangeError('Invalid argument to Intl.DisplayNames.prototype.of');
  const canonical = core.base(tag);
  const known = (/** @type {string} */ key) =>
    (style !== 'long' ? table.shortLanguages?.[key] : undefined) ?? table.languages[key];
  const { language: own, script, region, variants } = tag;
  let rest = /** @type {string[]} */ ([]);
  /** @type {any} */
  let name;
  if (languageDisplay === 'dialect') {
    for (const [key, left] of /** @type {[string, string[]][]} */ ([
      [script && region ? `${own}_${script}_${region}` : '', []],
      [script && !region ? `${own}_${script}` : '', []],
      [region && !script ? `${own}_${region}` : '', []],
    ])) {
      if (!key || !known(key)) continue;
      name = known(key);
      rest = left;
      break;
    }
  }
  if (name === undefined) {
    name = known(own);
    rest = ['script', 'region'];
  }
  if (name === undefined) return [undefined, canonical];
  const more = [
    rest.includes('script') && script ? (table.scripts[script] ?? script) : '',
    rest.includes('region') && region
      ? ((style !== 'long' ? table.shortRegions?.[region] : undefined) ?? table.regions[region] ?? region)
      : '',
    ...variants.map((/** @type {string} */ variant) => variant.toUpperCase()),
  ].filter(Boolean);
  if (!more.length) return [name, canonical];
  const { pattern = '{0} ({1})', separator = '{0}, {1}' } = table.pattern ?? {};
  const inner = more
    .map((text) => text.replaceAll('(', '[').replaceAll(')', ']'))
    .reduce((all, one) => separator.replace('{0}', () => all).replace('{1}', () => one));
  return [
    pattern.replace('{0}', () => name.replaceAll('(', '[').replaceAll(')', ']')).replace('{1}', () => inner),
    canonical,
  ];
}
