// Language tags: https://tc39.es/ecma402/#sec-language-tags and https://www.unicode.org/reports/tr35/#Canonical_Unicode_Locale_Identifiers

/** A longer one is refused before anything is looked at; the longest that mean something have a few dozen characters. */
const LONGEST = 1_000;

const LANGUAGE = /^([a-z]{2,3}|[a-z]{5,8})$/;
const SCRIPT = /^[a-z]{4}$/;
const REGION = /^([a-z]{2}|\d{3})$/;
const VARIANT = /^([a-z0-9]{5,8}|\d[a-z0-9]{3})$/;
const PART = /^[a-z0-9]{2,8}$/;
const KEY = /^[a-z0-9][a-z]$/;
const FIELD_KEY = /^[a-z]\d$/;

/** What languages are called now, with what else that says. @type {Record<string, string>} */
const LANGUAGES = {
  // @ts-expect-error -- a name that everything has is no language
  __proto__: null,
  aar: 'aa',
  ara: 'ar',
  bel: 'be',
  ben: 'bn',
  bul: 'bg',
  ces: 'cs',
  cmn: 'zh',
  cze: 'cs',
  dan: 'da',
  deu: 'de',
  dut: 'nl',
  ell: 'el',
  eng: 'en',
  est: 'et',
  fas: 'fa',
  fin: 'fi',
  fra: 'fr',
  fre: 'fr',
  ger: 'de',
  gre: 'el',
  heb: 'he',
  hin: 'hi',
  hrv: 'hr',
  hun: 'hu',
  in: 'id',
  ind: 'id',
  ita: 'it',
  iw: 'he',
  ji: 'yi',
  jpn: 'ja',
  jw: 'jv',
  kor: 'ko',
  lav: 'lv',
  lit: 'lt',
  mo: 'ro',
  mol: 'ro',
  nld: 'nl',
  nob: 'nb',
  nor: 'no',
  per: 'fa',
  pol: 'pl',
  por: 'pt',
  ron: 'ro',
  rum: 'ro',
  rus: 'ru',
  scc: 'sr',
  scr: 'hr',
  sh: 'sr-Latn',
  slk: 'sk',
  slo: 'sk',
  slv: 'sl',
  spa: 'es',
  srp: 'sr',
  swe: 'sv',
  tha: 'th',
  tl: 'fil',
  tur: 'tr',
  tw: 'ak',
  ukr: 'uk',
  urd: 'ur',
  vie: 'vi',
  zho: 'zh',
  chi: 'zh',
};

/** @type {Record<string, string>} */
const REGIONS = {
  // @ts-expect-error -- as above
  __proto__: null,
  bu: 'MM',
  dd: 'DE',
  fx: 'FR',
  tp: 'TL',
  uk: 'GB',
  yd: 'YE',
  zr: 'CD',
  yu: 'RS',
  cs: 'RS',
  840: 'US',
  826: 'GB',
  276: 'DE',
  250: 'FR',
  156: 'CN',
  392: 'JP',
  344: 'HK',
  158: 'TW',
};

/** @type {Record<string, string>} */
const WHOLE = {
  // @ts-expect-error -- as above
  __proto__: null,
  'art-lojban': 'jbo',
  'cel-gaulish': 'xtg',
  'zh-guoyu': 'zh',
  'zh-hakka': 'hak',
  'zh-xiang': 'hsn',
  'no-bok': 'nb',
  'no-nyn': 'nn',
};

/**
 * A tag in its parts; `keywords` are those of the Unicode extension.
 * @typedef {{ language: string, script?: string, region?: string, variants: string[], attributes: string[],
 *   keywords: Map<string, string>, others: string[], privately?: string }} Tag
 */

/** @param {string} text @returns {Tag | undefined} */
export function parse(text) {
  if (text.length > LONGEST || !/^[a-z0-9-]+$/i.test(text)) return undefined;
  let lower = text.toLowerCase();
  lower = WHOLE[lower] ?? lower;
  const parts = lower.split('-');
  let i = 0;
  const next = (/** @type {RegExp} */ form) => (i < parts.length && form.test(parts[i]) ? parts[i++] : undefined);
  const language = next(LANGUAGE);
  if (!language) return undefined;
  const tag = /** @type {Tag} */ ({ language, variants: [], attributes: [], keywords: new Map(), others: [] });
  tag.script = next(SCRIPT);
  tag.region = next(REGION);
  for (let variant = next(VARIANT); variant; variant = next(VARIANT)) {
    if (tag.variants.includes(variant)) return undefined;
    tag.variants.push(variant);
  }
  const seen = new Set();
  while (i < parts.length) {
    const singleton = parts[i++];
    if (singleton.length !== 1 || seen.has(singleton)) return undefined;
    seen.add(singleton);
    const start = i;
    while (i < parts.length && (singleton === 'x' || parts[i].length > 1)) {
      if (!(singleton === 'x' ? /^[a-z0-9]{1,8}$/ : PART).test(parts[i++])) return undefined;
    }
    if (start === i) return undefined;
    const rest = parts.slice(start, i);
    if (singleton === 'x') tag.privately = ['x', ...rest].join('-');
    else if (singleton === 'u') readKeywords(tag, rest);
    else if (singleton === 't') {
      const transformed = readTransformed(rest);
      if (!transformed) return undefined;
      tag.others.push(transformed);
    } else tag.others.push([singleton, ...rest].join('-'));
  }
  return canonical(tag);
}

/** @param {Tag} tag @returns {string} */
export function written(tag) {
  const extensions = [...tag.others];
  const unicode = keywordsText(tag);
  if (unicode) extensions.push(unicode);
  return [base(tag), ...extensions.sort(), tag.privately].filter(Boolean).join('-');
}

/** Language, script, region and variants. @param {Tag} tag @returns {string} */
export function base(tag) {
  return [tag.language, tag.script, tag.region, ...tag.variants].filter(Boolean).join('-');
}

/** @param {Tag} tag @returns {string} */
export function keywordsText({ attributes, keywords }) {
  if (!attributes.length && !keywords.size) return '';
  const pairs = [...keywords].sort(([a], [b]) => (a < b ? -1 : 1));
  return ['u', ...attributes, ...pairs.flatMap(([key, value]) => (value ? [key, value] : [key]))].join('-');
}

/** @param {Tag} tag */
function canonical(tag) {
  const now = LANGUAGES[tag.language];
  if (now) {
    const [language, script] = now.split('-');
    tag.language = language;
    tag.script ??= script;
  }
  if (tag.script) tag.script = tag.script[0].toUpperCase() + tag.script.slice(1);
  if (tag.region) tag.region = REGIONS[tag.region] ?? tag.region.toUpperCase();
  tag.variants.sort();
  return tag;
}

/** @param {Tag} tag @param {string[]} parts */
function readKeywords(tag, parts) {
  let i = 0;
  while (i < parts.length && parts[i].length > 2) tag.attributes.push(parts[i++]);
  while (i < parts.length) {
    const key = parts[i++];
    const value = [];
    while (i < parts.length && parts[i].length > 2) value.push(parts[i++]);
    if (!tag.keywords.has(key)) tag.keywords.set(key, keyword(key, value.join('-')));
  }
  tag.attributes.sort();
}

/** @param {string} key @param {string} value */
function keyword(key, value) {
  if (value === 'true' || (value === 'yes' && ['kb', 'kc', 'kh', 'kk', 'kn'].includes(key))) return '';
  if (key === 'ca') return value === 'gregorian' ? 'gregory' : value === 'islamicc' ? 'islamic-civil' : value;
  if (key === 'ks') return { primary: 'level1', tertiary: 'level3' }[value] ?? value;
  return value;
}

/** @param {string[]} parts */
function readTransformed(parts) {
  const start = parts.findIndex((part) => FIELD_KEY.test(part));
  const language = start < 0 ? parts : parts.slice(0, start);
  if (language.length && !parse(language.join('-'))) return undefined;
  const fields = start < 0 ? [] : parts.slice(start);
  const last = fields.at(-1);
  if (last && FIELD_KEY.test(last)) return undefined;
  return ['t', ...parts].join('-');
}

/** Whether it can be the value of a keyword. @param {string} text */
export function isType(text) {
  return /^[a-z0-9]{3,8}(-[a-z0-9]{3,8})*$/i.test(text) && text.length <= LONGEST;
}

export const forms = { LANGUAGE, SCRIPT, REGION, KEY };
