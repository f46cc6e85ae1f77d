// https://tc39.es/ecma402/#locale-objects
const core = runtime.module('intl-core');
const { base, option, parse, written } = core;
const NAME = 'Intl.Locale';
const slots = new core.Slots(NAME);
const REGION = /^(?:[a-z]{2}|\d{3})$/i;
const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];

core.setLocaleText((/** @type {object} */ value) =>
  slots.has(value) ? written(slots.of(value, 'toString')) : undefined,
);

/** Keywords, and the getter of each. @type {[string, string][]} */
const KEYWORDS = [
  ['ca', 'calendar'],
  ['co', 'collation'],
  ['fw', 'firstDayOfWeek'],
  ['hc', 'hourCycle'],
  ['kf', 'caseFirst'],
  ['kn', 'numeric'],
  ['nu', 'numberingSystem'],
];

export class Locale {
  /** @param {any} tag @param {any} [given] */
  constructor(tag, given) {
    if (typeof tag !== 'string' && (typeof tag !== 'object' || tag === null))
      throw new TypeError("First argument to Intl.Locale constructor can't be empty or missing");
    const parsed = parse(slots.has(tag) ? written(slots.of(tag, 'toString')) : `${tag}`);
    if (!parsed) throw new RangeError('Incorrect locale information provided');
    const options = core.coerced(given);
    /** @param {string} name @param {RegExp} form */
    const part = (name, form) => {
      const value = option(options, name, 'string', undefined, undefined, NAME);
      if (value !== undefined && !form.test(value)) throw new RangeError('Incorrect locale information provided');
      return value;
    };
    const language = part('language', /^(?:[a-z]{2,3}|[a-z]{5,8})$/i);
    const script = part('script', /^[a-z]{4}$/i);
    const region = part('region', REGION);
    const changed = parse(
      [language ?? parsed.language, script ?? parsed.script, region ?? parsed.region, ...parsed.variants]
        .filter(Boolean)
        .join('-'),
    );
    Object.assign(parsed, { language: changed.language, script: changed.script, region: changed.region });
    for (const [key, name] of KEYWORDS) {
      const value = keyword(options, name);
      if (value !== undefined) parsed.keywords.set(key, value === 'true' && key === 'kn' ? '' : value);
    }
    slots.set(this, parsed);
  }

  maximize() {
    return changed(this, 'maximize', maximized);
  }

  minimize() {
    return changed(this, 'minimize', minimized);
  }

  toString() {
    return written(slots.of(this, 'toString'));
  }

  get baseName() {
    return base(slots.of(this, 'baseName'));
  }

  get language() {
    return slots.of(this, 'language').language;
  }

  get script() {
    return slots.of(this, 'script').script;
  }

  get region() {
    return slots.of(this, 'region').region;
  }

  get calendar() {
    return slots.of(this, 'calendar').keywords.get('ca');
  }

  get caseFirst() {
    return slots.of(this, 'caseFirst').keywords.get('kf');
  }

  get collation() {
    return slots.of(this, 'collation').keywords.get('co');
  }

  get firstDayOfWeek() {
    return slots.of(this, 'firstDayOfWeek').keywords.get('fw');
  }

  get hourCycle() {
    return slots.of(this, 'hourCycle').keywords.get('hc');
  }

  get numeric() {
    const value = slots.of(this, 'numeric').keywords.get('kn');
    return value === '' || value === 'true';
  }

  get numberingSystem() {
    return slots.of(this, 'numberingSystem').keywords.get('nu');
  }

  getCalendars() {
    const tag = slots.of(this, 'getCalendars');
    const given = tag.keywords.get('ca');
    return given === undefined ? dates(tag).calendars : [given];
  }

  getCollations() {
    const given = slots.of(this, 'getCollations').keywords.get('co');
    return given === undefined ? ['emoji', 'eor'] : [given];
  }

  getHourCycles() {
    const tag = slots.of(this, 'getHourCycles');
    const given = tag.keywords.get('hc');
    const cycles = /** @type {Record<string, string>} */ ({ h: 'h12', H: 'h23', K: 'h11', k: 'h24' });
    return [given ?? cycles[dates(tag).hours.preferred]];
  }

  getNumberingSystems() {
    const tag = slots.of(this, 'getNumberingSystems');
    return [tag.keywords.get('nu') ?? dates(tag).numbering];
  }

  getTextInfo() {
    const rtl = dates(slots.of(this, 'getTextInfo')).direction === 'right-to-left';
    return { direction: rtl ? 'rtl' : 'ltr' };
  }

  getWeekInfo() {
    const tag = slots.of(this, 'getWeekInfo');
    const [first, , start, , end] = dates(tag).week;
    const iso = (/** @type {number} */ day) => (day === 1 ? 7 : day - 1);
    const weekend = [];
    for (let day = iso(start); ; day = (day % 7) + 1) {
      weekend.push(day);
      if (day === iso(end)) break;
    }
    const given = DAYS.indexOf(tag.keywords.get('fw'));
    return { firstDay: given < 0 ? iso(first) : given || 7, weekend: weekend.sort() };
  }
}

core.named(Locale, 'Locale');
Object.defineProperty(Locale, 'length', { value: 1, configurable: true });
for (const name of ['Calendars', 'Collations', 'HourCycles', 'NumberingSystems', 'TextInfo', 'WeekInfo']) {
  // As they were called before the standard made methods of them; Node has both.
  Object.defineProperty(Locale.prototype, name[0].toLowerCase() + name.slice(1), {
    get: /** @type {any} */ (Locale.prototype)[`get${name}`],
    configurable: true,
  });
}

/** @param {any} options @param {string} name @returns {string | undefined} */
function keyword(options, name) {
  if (name === 'numeric') {
    const value = option(options, name, 'boolean', undefined, undefined, NAME);
    return value === undefined ? undefined : String(value);
  }
  if (name === 'hourCycle') return option(options, name, 'string', ['h11', 'h12', 'h23', 'h24'], undefined, NAME);
  if (name === 'caseFirst') return option(options, name, 'string', ['upper', 'lower', 'false'], undefined, NAME);
  if (name === 'firstDayOfWeek' && options[name] !== undefined) {
    const value = `${options[name]}`;
    return /^[0-7]$/.test(value) ? DAYS[Number(value)] : core.typeOption({ [name]: value }, name, NAME);
  }
  return core.typeOption(options, name, NAME);
}

/** @param {any} tag */
function dates(tag) {
  const known =
    core.available(base({ ...maximized(tag), script: undefined, variants: [] })) ?? core.available(base(tag));
  return core.table('dates', known ?? core.DEFAULT);
}

/** @param {any} locale @param {string} method @param {(tag: any) => any} change */
function changed(locale, method, change) {
  return new Locale(written(change(slots.of(locale, method))));
}

/** https://www.unicode.org/reports/tr35/#Likely_Subtags @param {any} tag */
function maximized(tag) {
  const likely = core.shared('likely');
  const { language, script, region } = tag;
  const keys = [
    script && region && `${language}-${script}-${region}`,
    region && `${language}-${region}`,
    script && `${language}-${script}`,
    language,
    script && `und-${script}`,
    language === 'und' && region && `und-${region}`,
  ];
  const found = keys.find((key) => key && Object.hasOwn(likely, key));
  if (!found) return tag;
  const [first, second, third] = likely[found].split('-');
  return { ...tag, language: language === 'und' ? first : language, script: script ?? second, region: region ?? third };
}

/** @param {any} tag */
function minimized(tag) {
  const whole = maximized(tag);
  const { language, script, region } = whole;
  const same = (/** @type {any} */ less) =>
    base({ ...maximized(less), variants: [] }) === base({ ...whole, variants: [] });
  for (const less of [{}, { region }, { script }]) {
    const candidate = { ...tag, language, script: undefined, region: undefined, ...less };
    if (same(candidate)) return candidate;
  }
  return whole;
}
