// What the guest's Intl needs of ICU's data: tables by kind and locale, with everything a locale takes from its parents.
// https://github.com/unicode-org/icu/tree/main/icu4c/source/data says what each tree holds.
import { Alias, Trees } from './icu_resources.mjs';

const CALENDARS = { gregory: 'gregorian', buddhist: 'buddhist', japanese: 'japanese', roc: 'roc', persian: 'persian' };

/** ECMA-402, 6.6.2: the units that may be formatted, and where ICU keeps each. */
const UNITS =
  'acre bit byte celsius centimeter day degree fahrenheit fluid-ounce foot gallon gigabit gigabyte gram hectare hour inch kilobit kilobyte kilogram kilometer liter megabit megabyte meter microsecond mile mile-scandinavian milliliter millimeter millisecond minute month nanosecond ounce percent petabyte pound second stone terabit terabyte week yard year'.split(
    ' ',
  );

/** Compounds that have a pattern of their own. */
const COMPOUNDS =
  'kilometer-per-hour meter-per-second mile-per-hour mile-per-gallon liter-per-kilometer gram-per-liter'.split(' ');

export class Tables {
  /** @type {Record<string, Trees>} */
  #trees;
  /** @type {Map<string, any>} */
  #merged = new Map();

  /** @param {Map<string, Buffer>} files */
  constructor(files) {
    this.#trees = Object.fromEntries(
      ['', 'zone/', 'curr/', 'unit/', 'lang/', 'region/'].map((folder) => [folder, new Trees(files, folder)]),
    );
    this.parents = parentsOf(this.tree('', 'supplementalData').parentLocales);
  }

  /** @param {string} folder @param {string} name */
  tree(folder, name) {
    return this.#trees[folder].get(name);
  }

  /** All locales with data, in ICU's form: some are names of others. */
  get locales() {
    return this.#trees[''].names
      .filter((name) => /^[a-z]{2,3}(_[A-Z][a-z]{3})?(_([A-Z]{2}|\d{3}))?$/.test(name))
      .sort();
  }

  /** The table of a kind. @param {string} kind @param {string} locale @returns {any} */
  table(kind, locale) {
    const at = (/** @type {string} */ folder, /** @type {string[]} */ ...path) => this.#at(folder, locale, path);
    switch (kind) {
      case 'dates':
        return { ...this.#dates(locale, 'gregorian'), ...this.#clock(locale) };
      case 'numbers':
        return this.#numbers(locale);
      case 'currencies':
        return {
          names: at('curr', 'Currencies'),
          narrow: at('curr', 'Currencies%narrow'),
          plurals: at('curr', 'CurrencyPlurals'),
        };
      case 'units':
        return this.#units(locale);
      case 'relative':
        return Object.fromEntries(
          ['year', 'quarter', 'month', 'week', 'day', 'hour', 'minute', 'second'].flatMap((unit) =>
            ['', '-short', '-narrow'].map((style) => {
              const { relative, relativeTime, 'relative%0': _, dn } = at('', 'fields', unit + style) ?? {};
              return [unit + style, { relative, relativeTime, name: dn }];
            }),
          ),
        );
      case 'lists':
        return at('', 'listPattern');
      case 'plurals':
        return this.#plurals(locale);
      case 'names':
        return {
          languages: at('lang', 'Languages'),
          shortLanguages: at('lang', 'Languages%short'),
          scripts: at('lang', 'Scripts'),
          pattern: at('lang', 'localeDisplayPattern'),
          regions: at('region', 'Countries'),
          shortRegions: at('region', 'Countries%short'),
          calendars: at('lang', 'Types', 'calendar'),
          fields: this.#fieldNames(locale),
        };
      case 'zones':
        return this.#zones(locale);
    }
    const calendar = /** @type {Record<string, string>} */ (CALENDARS)[kind.slice('dates-'.length)];
    return this.#dates(locale, calendar);
  }

  /** @param {string} locale @param {string} calendar */
  #dates(locale, calendar) {
    const at = (/** @type {string[]} */ ...path) => this.#at('', locale, ['calendar', calendar, ...path]);
    const strings = (/** @type {any} */ table) =>
      Object.fromEntries(
        Object.entries(table ?? {}).filter(([key, value]) => typeof value === 'string' && !/[QwW]/.test(key)),
      );
    return {
      patterns: at('DateTimePatterns').map(first),
      atTime: at('DateTimePatterns%atTime'),
      available: strings(at('availableFormats')),
      append: at('appendItems'),
      intervals: Object.fromEntries(Object.entries(at('intervalFormats')).filter(([key]) => !/[QwW]/.test(key))),
      days: at('dayNames'),
      months: at('monthNames'),
      eras: at('eras'),
    };
  }

  /** How a locale's region tells the hour, and its language the part of the day. @param {string} locale */
  #clock(locale) {
    const data = this.tree('', 'supplementalData');
    const periods = this.tree('', 'dayPeriods');
    const language = locale.split('_')[0];
    const region = regionOf(locale);
    const hours =
      data.timeData[locale] ?? data.timeData[`${language}_${region}`] ?? data.timeData[region] ?? data.timeData['001'];
    const set = beginnings(locale)
      .map((name) => periods.locales[name])
      .find(Boolean);
    const gregorian = (/** @type {string} */ name) => this.#at('', locale, ['calendar', 'gregorian', name]);
    return {
      halves: gregorian('AmPmMarkersAbbr'),
      widely: gregorian('AmPmMarkers'),
      narrowly: gregorian('AmPmMarkersNarrow'),
      periods: gregorian('dayPeriod'),
      hours: { preferred: hours.preferred, allowed: hours.allowed },
      rules: set && periods.rules[set],
      week: data.weekData[region] ?? data.weekData['001'],
      direction: this.#at('', locale, ['layout', 'characters']),
      calendars: (data.calendarPreferenceData[region] ?? data.calendarPreferenceData['001']).map(
        (/** @type {string} */ name) => (name === 'gregorian' ? 'gregory' : name),
      ),
      numbering: this.#at('', locale, ['NumberElements', 'default']),
      decimal: this.#decimal(locale),
      fields: Object.fromEntries(
        ['era', 'year', 'month', 'weekday', 'day', 'hour', 'minute', 'second', 'zone'].map((field) => [
          field,
          this.#at('', locale, ['fields', field, 'dn']),
        ]),
      ),
    };
  }

  /** @param {string} locale */
  #fieldNames(locale) {
    const fields = 'era year quarter month week weekday day dayperiod hour minute second zone'.split(' ');
    return Object.fromEntries(
      fields.map((field) => [
        field,
        ['', '-short', '-narrow'].map((style) => this.#at('', locale, ['fields', field + style, 'dn'])),
      ]),
    );
  }

  /** @param {string} locale */
  #decimal(locale) {
    const numbering = this.#at('', locale, ['NumberElements', 'default']);
    return (this.#at('', locale, ['NumberElements', numbering]) ?? this.#at('', locale, ['NumberElements', 'latn']))
      .symbols.decimal;
  }

  /** @param {string} locale */
  #numbers(locale) {
    const at = (/** @type {string[]} */ ...path) => this.#at('', locale, ['NumberElements', ...path]);
    const numbering = at('default');
    const native = at('native');
    const systems = Object.fromEntries(
      [...new Set(['latn', numbering, native, 'arab', 'arabext'])].map((name) => {
        const part = (/** @type {string} */ key) => ({ ...at('latn', key), ...at(name, key) });
        return [
          name,
          {
            symbols: part('symbols'),
            patterns: part('patterns'),
            short: part('patternsShort'),
            long: part('patternsLong'),
            misc: part('miscPatterns'),
          },
        ];
      }),
    );
    return {
      numbering,
      native,
      systems,
      least: at('minimumGroupingDigits'),
      unitPatterns: this.#at('curr', locale, ['CurrencyUnitPatterns']),
      spacing: this.#at('curr', locale, ['currencySpacing']),
    };
  }

  /** @param {string} locale */
  #units(locale) {
    const found = { long: 'units', short: 'unitsShort', narrow: 'unitsNarrow' };
    return Object.fromEntries(
      Object.entries(found).map(([style, name]) => {
        const categories = this.#at('unit', locale, [name]);
        const flat = Object.assign({}, ...Object.values(categories).filter((one) => typeof one === 'object'));
        const per = categories.compound?.per;
        const pick = [...UNITS, ...COMPOUNDS].filter((unit) => flat[unit]);
        return [style, { per, units: Object.fromEntries(pick.map((unit) => [unit, cleaned(flat[unit])])) }];
      }),
    );
  }

  /** @param {string} locale */
  #plurals(locale) {
    const { locales, locales_ordinals: ordinals, rules } = this.tree('', 'plurals');
    const of = (/** @type {Record<string, string>} */ sets) =>
      rules[sets[beginnings(locale).find((name) => sets[name]) ?? '']] ?? {};
    return { cardinal: of(locales), ordinal: of(ordinals) };
  }

  /** @param {string} locale */
  #zones(locale) {
    const table = this.#at('zone', locale, ['zoneStrings']);
    const { gmtFormat, gmtZeroFormat, hourFormat, regionFormat, fallbackFormat } = table;
    const names = Object.entries(table).filter(([, value]) => typeof value === 'object');
    return { gmtFormat, gmtZeroFormat, hourFormat, regionFormat, fallbackFormat, names: Object.fromEntries(names) };
  }

  /** A locale and its parents. @param {string} locale @returns {string[]} */
  chain(locale) {
    const found = [];
    for (let name = locale; name !== 'root'; name = this.parent(name)) found.push(name);
    return [...found, 'root'];
  }

  /** @param {string} name */
  parent(name) {
    const stated = this.tree('', name)?.['%%Parent'] ?? this.parents[name];
    if (stated) return stated;
    const cut = name.lastIndexOf('_');
    return cut < 0 ? 'root' : name.slice(0, cut);
  }

  /** What a name of a locale stands for: zh_TW is zh_Hant_TW. @param {string} locale */
  canonical(locale) {
    return this.tree('', locale)?.['%%ALIAS'] ?? locale;
  }

  /** @param {string} folder @param {string} locale @param {string[]} path @returns {any} */
  #at(folder, locale, path) {
    const key = [folder, locale, ...path].join('/');
    if (!this.#merged.has(key)) {
      this.#merged.set(key, undefined); // an alias that leads to itself finds nothing
      this.#merged.set(key, this.#look(folder, locale, path));
    }
    return this.#merged.get(key);
  }

  /** @param {string} folder @param {string} locale @param {string[]} path */
  #look(folder, locale, path) {
    let result;
    for (const name of this.chain(locale)) {
      let node = this.#trees[folder && `${folder}/`].get(name);
      for (let i = 0; i < path.length && node !== undefined; i++) {
        node = node[path[i]];
        if (node instanceof Alias) {
          node = this.#at(folder, locale, [...node.path.slice(1), ...path.slice(i + 1)]);
          break;
        }
      }
      if (node === undefined) continue;
      result = this.#joined(folder, locale, result, node);
      if (!isTable(result)) return result;
    }
    return result;
  }

  /** @param {string} folder @param {string} locale @param {any} upper @param {any} lower @returns {any} */
  #joined(folder, locale, upper, lower) {
    if (lower instanceof Alias) lower = this.#at(folder, locale, lower.path.slice(1));
    if (upper === undefined && !isTable(lower)) return lower;
    if (!isTable(lower) || (upper !== undefined && !isTable(upper))) return upper;
    const result = { ...upper };
    for (const [key, value] of Object.entries(lower)) {
      const joined = this.#joined(folder, locale, upper?.[key], value);
      if (joined !== undefined) result[key] = joined;
    }
    return result;
  }
}

/** A name cut shorter and shorter, which is how rules of languages are found. @param {string} locale */
function beginnings(locale) {
  const parts = locale.split('_');
  return parts.map((_, i) => parts.slice(0, parts.length - i).join('_'));
}

/** @param {any} value */
function isTable(value) {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    !Buffer.isBuffer(value) &&
    !(value instanceof Alias)
  );
}

/** @param {any} value */
function first(value) {
  return Array.isArray(value) ? value[0] : value;
}

/** Without the names of the unit itself and its gender. @param {Record<string, any>} unit */
function cleaned(unit) {
  return Object.fromEntries(Object.entries(unit).filter(([key]) => /^(zero|one|two|few|many|other|per)$/.test(key)));
}

/** @param {string} locale */
function regionOf(locale) {
  if (locale === 'root') return '001';
  return new Intl.Locale(locale.replaceAll('_', '-')).maximize().region ?? '001';
}

/** Child to parent, where it is not the name cut short. @param {Record<string, string | string[]>} table */
function parentsOf(table) {
  /** @type {Record<string, string>} */
  const parents = {};
  for (const [parent, children] of Object.entries(table)) {
    if (typeof children !== 'string' && !Array.isArray(children)) continue;
    for (const child of [children].flat()) parents[child] = parent;
  }
  return parents;
}
