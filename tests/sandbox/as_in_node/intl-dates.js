// Intl.DateTimeFormat and the dates' own methods, over locales, time zones and changes of summer time. One locale and one
// zone a case, many forms in it.
const MOMENTS = [
  0,
  1_700_000_000_000, // November 2023
  Date.UTC(2024, 2, 10, 6, 59, 59, 999), // New York moves its clocks a millisecond later
  Date.UTC(2024, 2, 10, 7),
  Date.UTC(2024, 2, 31, 0, 59, 59), // Berlin, a second before
  Date.UTC(2024, 2, 31, 1),
  Date.UTC(2024, 10, 3, 5, 30), // the hour that New York has twice
  Date.UTC(2024, 10, 3, 6, 30),
  Date.UTC(2050, 6, 1, 12), // by the rule, not the table
  -1e12,
];
const FORMS = [
  {},
  { dateStyle: 'full' },
  { dateStyle: 'long', timeStyle: 'short' },
  { dateStyle: 'medium' },
  { dateStyle: 'short', timeStyle: 'medium' },
  { timeStyle: 'full' },
  { timeStyle: 'long', hour12: false },
  { year: 'numeric', month: 'long', day: 'numeric' },
  { weekday: 'short', month: 'short', day: 'numeric', hour: 'numeric', minute: '2-digit' },
  {
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hour12: false,
  },
  { hour: 'numeric', hourCycle: 'h23', weekday: 'long' },
  { hour: 'numeric', minute: 'numeric', timeZoneName: 'short' },
  { hour: 'numeric', timeZoneName: 'longOffset' },
  { month: 'long', year: 'numeric' },
  { era: 'short', year: '2-digit' },
  { minute: '2-digit', second: '2-digit', fractionalSecondDigits: 3 },
];
const shown = (locale, timeZone) =>
  FORMS.map((form) => {
    const format = new Intl.DateTimeFormat(locale, { ...form, timeZone });
    return MOMENTS.map((moment) => format.format(moment));
  });

same('en-US, UTC', () => shown('en-US', 'UTC'));
same('en-US, New York', () => shown('en-US', 'America/New_York'));
same('en-US, Los Angeles', () => shown('en-US', 'America/Los_Angeles'));
same('en-US, Kolkata', () => shown('en-US', 'Asia/Kolkata'));
same('en-US, Lord Howe moves by half an hour', () => shown('en-US', 'Australia/Lord_Howe'));
same('en-US, Casablanca', () => shown('en-US', 'Africa/Casablanca'));
same('en-US, an offset', () => shown('en-US', '-03:30'));
same('en-GB, London', () => shown('en-GB', 'Europe/London'));
same('en-AU, Sydney', () => shown('en-AU', 'Australia/Sydney'));
same('de, Berlin', () => shown('de', 'Europe/Berlin'));
same('de-AT, Vienna', () => shown('de-AT', 'Europe/Vienna'));
same('fr, Paris', () => shown('fr', 'Europe/Paris'));
same('fr-CA, Montreal', () => shown('fr-CA', 'America/Toronto'));
same('es, Madrid', () => shown('es', 'Europe/Madrid'));
same('es-MX, Mexico City', () => shown('es-MX', 'America/Mexico_City'));
same('it, Rome', () => shown('it', 'Europe/Rome'));
same('pt-BR, Sao Paulo', () => shown('pt-BR', 'America/Sao_Paulo'));
same('nl, Amsterdam', () => shown('nl', 'Europe/Amsterdam'));
same('sv, Stockholm', () => shown('sv', 'Europe/Stockholm'));
same('pl, Warsaw', () => shown('pl', 'Europe/Warsaw'));
same('ru, Moscow', () => shown('ru', 'Europe/Moscow'));
same('tr, Istanbul', () => shown('tr', 'Europe/Istanbul'));
same('ja, Tokyo', () => shown('ja', 'Asia/Tokyo'));
same('zh, Shanghai', () => shown('zh', 'Asia/Shanghai'));
same('zh-TW, Taipei', () => shown('zh-TW', 'Asia/Taipei'));
same('ko, Seoul', () => shown('ko', 'Asia/Seoul'));
same('hi, Kathmandu', () => shown('hi', 'Asia/Kathmandu'));
same('ar-EG in its own digits', () => shown('ar-EG', 'Africa/Cairo'));
same('he, Jerusalem', () => shown('he', 'Asia/Jerusalem'));
same('th in the Buddhist era', () => shown('th', 'Asia/Bangkok'));
same('fa in the Persian calendar', () => shown('fa', 'Asia/Tehran'));
same('the Japanese calendar', () => shown('ja-u-ca-japanese', 'Asia/Tokyo'));
same('a locale that nobody has', () => [shown('xx', 'UTC')[0], new Intl.DateTimeFormat('xx').resolvedOptions().locale]);

same('parts', () =>
  ['en-US', 'de', 'ja', 'ar-EG'].map((locale) =>
    new Intl.DateTimeFormat(locale, {
      dateStyle: 'full',
      timeStyle: 'full',
      timeZone: 'America/New_York',
    }).formatToParts(MOMENTS[1]),
  ),
);
same('the hour in a time zone, as business hours ask for it', () =>
  MOMENTS.map((moment) =>
    ['h23', undefined].map(
      (hourCycle) =>
        new Intl.DateTimeFormat('en-US', {
          timeZone: 'America/New_York',
          hour: 'numeric',
          hour12: hourCycle ? undefined : false,
          hourCycle,
        })
          .formatToParts(moment)
          .find((part) => part.type === 'hour').value,
    ),
  ),
);
same('a time zone as offset, from another locale', () =>
  ['Europe/Berlin', 'Asia/Kolkata', 'America/St_Johns', 'Pacific/Chatham'].map((timeZone) =>
    MOMENTS.slice(0, 9).map((moment) => new Date(moment).toLocaleString('sv-SE', { timeZone })),
  ),
);
same('names of time zones', () =>
  ['short', 'long', 'shortOffset', 'longOffset', 'longGeneric', 'shortGeneric'].map((timeZoneName) =>
    ['en-US', 'de', 'fr', 'ja'].map((locale) =>
      ['UTC', 'America/New_York', 'Europe/Berlin', 'Asia/Tokyo', 'Asia/Kolkata', '+05:30'].map((timeZone) =>
        new Intl.DateTimeFormat(locale, { hour: 'numeric', timeZone, timeZoneName }).format(MOMENTS[1]),
      ),
    ),
  ),
);
same('aliases and spellings of time zones', () =>
  [
    'utc',
    'GMT',
    'Etc/UTC',
    'us/eastern',
    'Asia/Kolkata',
    'Asia/Calcutta',
    'Europe/Kyiv',
    'EST5EDT',
    'Etc/GMT+3',
    '+05',
    '-0330',
  ].map((timeZone) => new Intl.DateTimeFormat('en', { timeZone }).resolvedOptions().timeZone),
);
same('what is no time zone', () =>
  ['', 'x', 'Europe/Nowhere', '+5', '+24:00', 'Europe/Berlin ', '__proto__', 'a'.repeat(300), null].map(
    (timeZone) => fail(() => new Intl.DateTimeFormat('en', { timeZone }))[0],
  ),
);
same('methods of dates', () =>
  [undefined, 'en-US', 'de', 'ja', ['fr-XX', 'en']].map((locale) => {
    const date = new Date(MOMENTS[1]);
    const options = { timeZone: 'America/New_York' };
    return [
      date.toLocaleString(locale, options),
      date.toLocaleDateString(locale, options),
      date.toLocaleTimeString(locale, options),
      date.toLocaleDateString(locale, { ...options, weekday: 'long', year: 'numeric', month: 'long', day: 'numeric' }),
      date.toLocaleTimeString(locale, { ...options, hour: '2-digit', minute: '2-digit' }),
      date.toLocaleDateString(locale, { ...options, hour: 'numeric' }),
      date.toLocaleTimeString(locale, { ...options, timeStyle: 'short' }),
    ];
  }),
);
same('dates that are none', () => [
  new Date(NaN).toLocaleString('de'),
  ...[NaN, 8.64e15 + 1, Infinity, 'x', {}].map((date) => fail(() => new Intl.DateTimeFormat('en').format(date))),
]);
same('the first and the last moment', () =>
  [8.64e15, -8.64e15].map((moment) =>
    ['UTC', 'America/New_York', 'Asia/Tokyo'].map((timeZone) =>
      new Intl.DateTimeFormat('en', { dateStyle: 'full', timeStyle: 'long', era: undefined, timeZone }).format(moment),
    ),
  ),
);
same('options that are wrong', () =>
  [
    { dateStyle: 'x' },
    { hour: 'x' },
    { fractionalSecondDigits: 4 },
    { fractionalSecondDigits: 0 },
    { dateStyle: 'long', hour: 'numeric' },
    { calendar: 'é' },
    { numberingSystem: '1' },
    { timeZoneName: 'x' },
    null,
  ].map((options) => fail(() => new Intl.DateTimeFormat('en', options))[0]),
);
same('a style that a method does not have', () => [
  fail(() => new Date(0).toLocaleDateString('en', { timeStyle: 'short' }))[0],
  fail(() => new Date(0).toLocaleTimeString('en', { dateStyle: 'short' }))[0],
]);
same('resolved options', () =>
  ['en-US', 'de', 'ja', 'th', 'fa', 'ar-EG', 'en-u-ca-buddhist-nu-thai'].flatMap((locale) =>
    FORMS.map((form) => new Intl.DateTimeFormat(locale, { ...form, timeZone: 'Asia/Tokyo' }).resolvedOptions()),
  ),
);
same('hours of the day by locale and option', () =>
  ['en-US', 'en-GB', 'de', 'ja', 'ko', 'ar'].flatMap((locale) =>
    [{}, { hour12: true }, { hour12: false }, { hourCycle: 'h11' }, { hourCycle: 'h24' }].map((options) =>
      [0, 1, 11, 12, 13, 23].map((hour) =>
        new Intl.DateTimeFormat(locale, { hour: 'numeric', minute: '2-digit', ...options }).format(hour * 3_600_000),
      ),
    ),
  ),
);
same('parts of the day', () =>
  ['en', 'de', 'fr', 'zh', 'es'].map((locale) =>
    [0, 5, 9, 12, 15, 18, 21].map((hour) =>
      new Intl.DateTimeFormat(locale, { hour: 'numeric', dayPeriod: 'long' }).format(hour * 3_600_000),
    ),
  ),
);
const ranges = (locale, form) =>
  [1_000, 3_600_000 * 5, 86_400_000 * 3, 86_400_000 * 40, 86_400_000 * 400].map((length) =>
    new Intl.DateTimeFormat(locale, form).formatRange(MOMENTS[1], MOMENTS[1] + length),
  );
same('ranges of days', () =>
  ['en-US', 'de', 'fr', 'ja'].map((locale) => [
    ranges(locale, { dateStyle: 'long' }),
    ranges(locale, { year: 'numeric', month: 'short', day: 'numeric' }),
  ]),
);
same('ranges of hours', () => ['en-US', 'ja'].map((locale) => ranges(locale, { hour: 'numeric', minute: '2-digit' })));
same('called without new, and bound', () => {
  const { format } = Intl.DateTimeFormat('de');
  return [
    format(0),
    [0, 1e12].map(format),
    Intl.DateTimeFormat() instanceof Intl.DateTimeFormat,
    format.name,
    format.length,
  ];
});
same('another receiver', () => [
  fail(() => Intl.DateTimeFormat.prototype.formatToParts.call({}))[0],
  fail(() => Date.prototype.toLocaleString.call({}))[0],
]);
same('in what order options are read', () => {
  const read = [];
  new Intl.DateTimeFormat('en', new Proxy({}, { get: (_, name) => void read.push(name) }));
  return read;
});
standard('hc of a tag is forgotten when hour12 says otherwise', ['en', 'h12'], () => {
  const { locale, hourCycle } = new Intl.DateTimeFormat('en-u-hc-h23', {
    hour: 'numeric',
    hour12: true,
  }).resolvedOptions();
  return [locale, hourCycle];
});
// Node reads the d of a quoted "de" as a day.
standard(
  'resolved options name what the pattern shows',
  ['locale', 'calendar', 'numberingSystem', 'timeZone', 'year', 'month'],
  () => Object.keys(new Intl.DateTimeFormat('es', { year: 'numeric', month: 'long' }).resolvedOptions()),
);
