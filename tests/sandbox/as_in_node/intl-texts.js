// Lists, relative times, names, locales, the order of texts and their pieces.
const LOCALES = ['en', 'en-GB', 'de', 'fr', 'es', 'it', 'pt-BR', 'ja', 'zh', 'ko', 'ar', 'ru', 'pl', 'sv', 'he'];
const STYLES = ['long', 'short', 'narrow'];

same('conjunction', () => lists('conjunction'));
same('disjunction', () => lists('disjunction'));
same('unit', () => lists('unit'));
const lists = (type) =>
  LOCALES.map((locale) =>
    STYLES.map((style) =>
      [[], ['a'], ['a', 'b'], ['a', 'b', 'c'], ['a', 'b', 'c', 'd'], ['Ana', 'Inés'], ['siete', 'ocho']].map((list) =>
        new Intl.ListFormat(locale, { type, style }).format(list),
      ),
    ),
  );
same('parts of a list', () => new Intl.ListFormat('en').formatToParts(new Set(['a', 'b', 'c'])));
same('what is no list', () => [
  fail(() => new Intl.ListFormat('en').format([1])),
  fail(() => new Intl.ListFormat('en').format(5))[0],
  new Intl.ListFormat('en').format(undefined),
]);

const relative = (options) =>
  LOCALES.map((locale) => {
    const format = new Intl.RelativeTimeFormat(locale, options);
    return ['second', 'minutes', 'hour', 'day', 'week', 'month', 'quarter', 'years'].map((unit) =>
      [0, -0, 1, -1, 2, -2, 5.5, -21].map((value) => format.format(value, unit)),
    );
  });
same('relative times, in numbers', () => relative({}));
same('relative times, in words', () => relative({ numeric: 'auto' }));
same('relative times, short', () => relative({ style: 'short' }));
same('relative times, narrow and in words', () => relative({ style: 'narrow', numeric: 'auto' }));
same('parts of a relative time', () => [
  new Intl.RelativeTimeFormat('en').formatToParts(-1234.5, 'days'),
  new Intl.RelativeTimeFormat('de', { numeric: 'auto' }).formatToParts(1, 'day'),
]);
same('what is no relative time', () => [
  fail(() => new Intl.RelativeTimeFormat('en').format(1, 'x'))[0],
  fail(() => new Intl.RelativeTimeFormat('en').format(NaN, 'day'))[0],
]);

const names = (type, codes) =>
  LOCALES.map((locale) =>
    STYLES.map((style) => codes.map((code) => new Intl.DisplayNames(locale, { type, style }).of(code))),
  );
same('names of regions', () => names('region', ['US', 'DE', 'GB', 'HK', 'JP', 'XX', '419']));
same('names of languages', () =>
  names('language', ['en', 'en-US', 'de-AT', 'zh-Hant', 'sr-Latn-RS', 'pt-BR', 'xx', 'zh-Hant-TW']),
);
same('names of languages without dialects', () =>
  ['en-US', 'de-AT', 'zh-Hant'].map((code) =>
    new Intl.DisplayNames('en', { type: 'language', languageDisplay: 'standard' }).of(code),
  ),
);
same('names of scripts', () => names('script', ['Latn', 'Cyrl', 'Hant']));
same('names of currencies', () => names('currency', ['USD', 'EUR', 'XYZ']));
same('names of calendars', () => names('calendar', ['gregory', 'buddhist', 'iso8601']));
same('names of fields', () => names('dateTimeField', ['era', 'year', 'weekOfYear', 'dayPeriod', 'timeZoneName']));
same('a name that is not known', () =>
  ['code', 'none'].map((fallback) => new Intl.DisplayNames('en', { type: 'region', fallback }).of('QX')),
);
same('what has no name', () => [
  fail(() => new Intl.DisplayNames('en'))[0],
  fail(() => new Intl.DisplayNames('en', {}))[0],
  fail(() => new Intl.DisplayNames('en', { type: 'region' }).of('USA'))[0],
  fail(() => new Intl.DisplayNames('en', { type: 'language' }).of('e'))[0],
  fail(() => new Intl.DisplayNames('en', { type: 'dateTimeField' }).of('x'))[0],
]);

same('canonical locales', () =>
  [
    'EN-us',
    'zh-hant-tw',
    'iw',
    'sh',
    'en-u-ca-gregorian-kn-true',
    'de-DE-1996',
    'x-x',
    'en-x-Twain',
    'cmn',
    'zh-cmn-Hans-CN',
    'sl-rozaj-biske',
    'en-t-de-m0-true',
    'EN-840',
    'en_US',
    '',
    'i',
    'en-a',
    'en--US',
    'abcdefghi',
    'en-US-u',
    'de-de-de',
  ].map((tag) => {
    try {
      return Intl.getCanonicalLocales(tag);
    } catch (e) {
      return e.name;
    }
  }),
);
same('lists of locales', () => [
  Intl.getCanonicalLocales(['de', 'DE', 'en', new Intl.Locale('fr')]),
  Intl.getCanonicalLocales(),
  Intl.getCanonicalLocales({ length: 1, 0: 'it' }),
  fail(() => Intl.getCanonicalLocales(null))[0],
  fail(() => Intl.getCanonicalLocales([1]))[0],
  fail(() => Intl.getCanonicalLocales([undefined]))[0],
]);
same('which are supported', () => [
  Intl.DateTimeFormat.supportedLocalesOf(['de-AT', 'xx', 'en-u-ca-buddhist', 'zh-TW']),
  Intl.NumberFormat.supportedLocalesOf('tlh'),
  fail(() => Intl.Collator.supportedLocalesOf('en', { localeMatcher: 'x' }))[0],
]);
same('how a locale is found', () =>
  ['de-XX', 'zh-HK', 'zh-TW', 'en-Latn-US', 'sr-Latn', 'pt-AO', 'es-419', 'no', 'iw-IL', 'de-u-nu-arab', 'xx'].map(
    (tag) => new Intl.NumberFormat(tag).resolvedOptions().locale,
  ),
);
same('values that are supported', () =>
  ['calendar', 'currency', 'numberingSystem', 'timeZone', 'unit', 'collation'].map(
    (key) => Intl.supportedValuesOf(key).length > 5,
  ),
);
same('keys that are none', () => fail(() => Intl.supportedValuesOf('x')));

const shown = (locale) => [
  String(locale),
  locale.baseName,
  locale.language,
  locale.script,
  locale.region,
  locale.calendar,
  locale.collation,
  locale.hourCycle,
  locale.numeric,
  locale.caseFirst,
  locale.numberingSystem,
];
same('a locale', () => [
  shown(new Intl.Locale('zh-hant-tw-u-ca-buddhist-hc-h23-kn-nu-latn')),
  shown(
    new Intl.Locale('en', { region: 'GB', calendar: 'gregory', numeric: true, hourCycle: 'h12', caseFirst: 'upper' }),
  ),
  shown(new Intl.Locale(new Intl.Locale('de-AT'), { script: 'latn', language: 'fr' })),
]);
same('likely parts of a locale', () =>
  ['en', 'zh', 'zh-TW', 'sr', 'und', 'und-DE', 'de-AT', 'und-Cyrl', 'ar-EG', 'xx', 'pa-PK', 'en-Shaw'].map((tag) => [
    new Intl.Locale(tag).maximize().toString(),
    new Intl.Locale(tag).minimize().toString(),
    new Intl.Locale(tag).maximize().minimize().toString(),
  ]),
);
same('what a locale knows', () =>
  ['en-US', 'de', 'ar-EG', 'he', 'ja', 'th', 'fa-IR'].map((tag) => {
    const locale = new Intl.Locale(tag);
    return [
      locale.textInfo,
      locale.hourCycles,
      locale.numberingSystems,
      locale.weekInfo.firstDay,
      locale.weekInfo.weekend,
      locale.calendars[0],
    ];
  }),
);
same('what is no locale', () => [
  fail(() => new Intl.Locale())[0],
  fail(() => new Intl.Locale('x'))[0],
  fail(() => new Intl.Locale('en', { region: 'USA' }))[0],
  fail(() => Intl.Locale('en'))[0],
]);

const WORDS =
  'a A á à ä z Z ö o ø å aa ae æ ss ß Straße Strasse résumé resume Resume cote coté côte côté ñ n nz ch cz c ll lj 10 9 2 a10 a9 file1 file10 file2 _a -a @x $ € я а ё е α β あ ア か 日 한 ł l ž ź ı I İ i é co-op coop user@example.com User@Example.com ü ue þ ð đ ő ~ + < # %'.split(
    ' ',
  );
const order = (locale, options) => {
  const { compare } = new Intl.Collator(locale, options);
  return WORDS.map((a) => WORDS.map((b) => compare(a, b)).join());
};
same('order, en', () => order('en'));
same('order, de', () => order('de', { numeric: true }));
same('order, sv', () => order('sv'));
same('order, da puts capitals first', () => [order('da'), new Intl.Collator('da').resolvedOptions()]);
same('order, es', () => order('es'));
same('order, fr-CA counts accents from the end', () =>
  ['côté', 'coté', 'cote', 'côte'].sort(new Intl.Collator('fr-CA').compare),
);
same('order, cs has ch', () => order('cs'));
same('order, pl', () => order('pl'));
same('order, tr', () => order('tr'));
same('order, hu', () => order('hu'));
same('order, fi', () => order('fi'));
same('order, lt', () => order('lt'));
same('order, ru puts Cyrillic first', () => order('ru'));
same('order by letters alone', () => ['en', 'de', 'sv'].map((locale) => order(locale, { sensitivity: 'base' })));
same('order by letters and accents', () => order('en', { sensitivity: 'accent' }));
same('order by letters and case', () => order('en', { sensitivity: 'case' }));
same('order by numbers', () => order('en', { numeric: true, sensitivity: 'base' }));
same('order, capitals first', () => order('en', { caseFirst: 'upper' }));
same('order without punctuation', () => order('en', { ignorePunctuation: true }));
same('localeCompare', () => [
  'a'.localeCompare('B'),
  'B'.localeCompare('a'),
  'a'.localeCompare('A', undefined, { sensitivity: 'base' }),
  'a'.localeCompare('á', 'en', { sensitivity: 'accent' }),
  'item 10'.localeCompare('item 9', 'en', { numeric: true }),
  'ä'.localeCompare('z', 'de'),
  'ä'.localeCompare('z', 'sv'),
  ['z', 'ä', 'a', 'B', 'b'].sort((a, b) => a.localeCompare(b)),
  ''.localeCompare('a'),
  'undefined'.localeCompare(),
]);
same('capitals of locales', () => [
  ['tr', 'az', 'en', undefined, ['lt'], 'de'].map((locale) => [
    'istanbul'.toLocaleUpperCase(locale),
    'ISTANBUL İ'.toLocaleLowerCase(locale),
    'straße'.toLocaleUpperCase(locale),
  ]),
  'Ìį̇'.toLocaleLowerCase('lt'),
  'Άλφα'.toLocaleUpperCase('el'),
  fail(() => 'a'.toLocaleUpperCase('x'))[0],
]);
same('pieces of a text', () =>
  ['grapheme', 'word', 'sentence'].map((granularity) =>
    [...new Intl.Segmenter('en', { granularity }).segment('Hello, world! 👨‍👩‍👧 e\u0301 नमस्ते 🇺🇸🇩🇪 How are you? Fine.')].map(
      (one) => [one.segment, one.index, one.isWordLike],
    ),
  ),
);
same('the piece at a place', () => {
  const segments = new Intl.Segmenter('en', { granularity: 'word' }).segment('Hello there');
  return [segments.containing(7).segment, segments.containing(99)];
});
same('shapes', () =>
  [
    'Collator',
    'DateTimeFormat',
    'DisplayNames',
    'ListFormat',
    'Locale',
    'NumberFormat',
    'PluralRules',
    'RelativeTimeFormat',
    'Segmenter',
  ].map((name) => {
    const type = Intl[name];
    const { enumerable, writable } = Object.getOwnPropertyDescriptor(Intl, name);
    return [
      type.name,
      type.length,
      Object.prototype.toString.call(type.prototype),
      enumerable,
      writable,
      Object.keys(type.prototype),
    ];
  }),
);
same('which need new', () =>
  ['DisplayNames', 'ListFormat', 'Locale', 'PluralRules', 'RelativeTimeFormat', 'Segmenter'].map(
    (name) => fail(() => Intl[name]('en'))[0],
  ),
);
same('methods are methods', () => [
  Number.prototype.toLocaleString.length,
  Date.prototype.toLocaleString.name,
  String.prototype.localeCompare.length,
  Object.keys(String.prototype),
  fail(() => new Date.prototype.toLocaleString())[0],
]);
standard('a code of a region may be in small letters', 'United States', () =>
  new Intl.DisplayNames('en', { type: 'region' }).of('us'),
);
standard('an older Node has no durations', 'undefined', () => typeof Intl.DurationFormat);
