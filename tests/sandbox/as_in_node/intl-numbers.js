// Intl.NumberFormat, Intl.PluralRules and the numbers' own methods: one locale a case, many forms and numbers in it.
const NUMBERS = [
  0,
  1,
  -1,
  2,
  5,
  1.5,
  1234.5,
  -1234567.891,
  0.00012345,
  999999,
  1e6,
  1.005,
  -0,
  NaN,
  Infinity,
  0.255,
  12345678901234567890n,
];
const FORMS = [
  {},
  { style: 'currency', currency: 'USD' },
  { style: 'currency', currency: 'EUR' },
  { style: 'currency', currency: 'JPY', currencyDisplay: 'code' },
  { style: 'currency', currency: 'USD', currencySign: 'accounting', signDisplay: 'always' },
  { style: 'currency', currency: 'USD', notation: 'compact' },
  { style: 'percent', maximumFractionDigits: 1 },
  { notation: 'compact' },
  { notation: 'compact', compactDisplay: 'long' },
  { notation: 'scientific' },
  { notation: 'engineering', maximumSignificantDigits: 3 },
  { minimumFractionDigits: 2, maximumFractionDigits: 2 },
  { maximumSignificantDigits: 3 },
  { useGrouping: false, minimumIntegerDigits: 3 },
  { signDisplay: 'exceptZero' },
  { style: 'unit', unit: 'kilometer-per-hour' },
  { style: 'unit', unit: 'megabyte', unitDisplay: 'narrow' },
];
const shown = (locale) =>
  FORMS.map((form) => {
    const format = new Intl.NumberFormat(locale, form);
    return NUMBERS.map((number) => format.format(number));
  });

same('en-US', () => shown('en-US'));
same('en-GB', () => shown('en-GB'));
same('en-IN groups by two', () => shown('en-IN'));
same('de', () => shown('de'));
same('de-AT', () => shown('de-AT'));
same('de-CH', () => shown('de-CH'));
same('fr', () => shown('fr'));
same('es groups from five digits', () => shown('es'));
same('es-MX', () => shown('es-MX'));
same('it', () => shown('it'));
same('pt-BR', () => shown('pt-BR'));
same('pt-PT', () => shown('pt-PT'));
same('nl', () => shown('nl'));
same('sv', () => shown('sv'));
same('pl', () => shown('pl'));
same('ru', () => shown('ru'));
same('tr', () => shown('tr'));
same('ja counts in ten thousands', () => shown('ja'));
same('zh', () => shown('zh'));
same('ko', () => shown('ko'));
same('hi', () => shown('hi'));
same('ar', () => shown('ar'));
same('ar-EG in its own digits', () => shown('ar-EG'));
same('fa', () => shown('fa'));
same('he', () => shown('he'));

same('parts', () =>
  ['en-US', 'de', 'ar-EG', 'hi', 'ja'].flatMap((locale) =>
    FORMS.map((form) => new Intl.NumberFormat(locale, form).formatToParts(-1234567.891)),
  ),
);
same('currencies by name', () =>
  ['en', 'de', 'ru', 'pl', 'ja'].map((locale) =>
    ['USD', 'EUR', 'JPY', 'KWD', 'XYZ'].map((currency) =>
      [0, 1, 2, 5, 21].map((number) =>
        new Intl.NumberFormat(locale, { style: 'currency', currency, currencyDisplay: 'name' }).format(number),
      ),
    ),
  ),
);
same('symbols of currencies', () =>
  ['en-US', 'en-CA', 'de', 'fr', 'zh'].map((locale) =>
    ['USD', 'CAD', 'GBP', 'CNY', 'CHF'].flatMap((currency) =>
      ['symbol', 'narrowSymbol', 'code'].map((currencyDisplay) =>
        new Intl.NumberFormat(locale, {
          style: 'currency',
          currency,
          currencyDisplay,
          maximumFractionDigits: 0,
        }).format(-5),
      ),
    ),
  ),
);
same('units', () =>
  ['en', 'de', 'fr', 'pl', 'ja'].map((locale) =>
    ['day', 'liter', 'mile-per-hour', 'celsius', 'percent', 'gigabyte', 'foot', 'megabyte-per-second'].map((unit) =>
      ['short', 'long', 'narrow'].map((unitDisplay) =>
        [1, 2, 1.5].map((number) => new Intl.NumberFormat(locale, { style: 'unit', unit, unitDisplay }).format(number)),
      ),
    ),
  ),
);
same('modes of rounding', () =>
  ['ceil', 'floor', 'expand', 'trunc', 'halfCeil', 'halfFloor', 'halfExpand', 'halfTrunc', 'halfEven'].map(
    (roundingMode) =>
      [1.25, -1.25, 1.35, 1.251, -0.04, 9.95, 2.5, 99.99].map((number) =>
        new Intl.NumberFormat('en', { roundingMode, maximumFractionDigits: 1 }).format(number),
      ),
  ),
);
same('steps of rounding', () =>
  [1, 5, 25, 50, 1000].map((roundingIncrement) =>
    [1.23, 1.275, 9.99, 0.024, 1234.56].map((number) =>
      new Intl.NumberFormat('en', { roundingIncrement, maximumFractionDigits: 2, minimumFractionDigits: 2 }).format(
        number,
      ),
    ),
  ),
);
same('priorities of rounding', () =>
  ['auto', 'morePrecision', 'lessPrecision'].map((roundingPriority) =>
    [1.234, 123.4, 0.001234, 12345].map((number) =>
      new Intl.NumberFormat('en', { roundingPriority, maximumFractionDigits: 2, maximumSignificantDigits: 2 }).format(
        number,
      ),
    ),
  ),
);
same('zeros behind a whole number', () =>
  [1, 1.5, 1.25].map((number) =>
    new Intl.NumberFormat('en', { trailingZeroDisplay: 'stripIfInteger', minimumFractionDigits: 2 }).format(number),
  ),
);
same('grouping', () =>
  ['en', 'es', 'pl', 'pt-PT'].map((locale) =>
    ['auto', 'always', 'min2', true, false, 'true'].map((useGrouping) =>
      [1234, 12345, 123456].map((number) => new Intl.NumberFormat(locale, { useGrouping }).format(number)),
    ),
  ),
);
same('digits of other systems', () =>
  ['arab', 'deva', 'thai', 'beng', 'fullwide', 'hanidec'].map((numberingSystem) =>
    new Intl.NumberFormat('en', { numberingSystem, minimumFractionDigits: 1 }).format(1234567.8),
  ),
);
same('numbers as text keep their digits', () =>
  ['12345678901234567890.12345', '1e3', ' 7 ', '0x10', '', 'x', '-0', '1_000'].map((text) =>
    new Intl.NumberFormat('en', { maximumFractionDigits: 5 }).format(text),
  ),
);
same('methods of numbers', () => [
  (1234.5).toLocaleString(),
  (1234.5).toLocaleString('de'),
  (0.256).toLocaleString('en', { style: 'percent' }),
  (5).toLocaleString('en-US', { style: 'currency', currency: 'USD' }),
  123456789n.toLocaleString('de'),
  [1234.5, new Date(0), null, 'x', [2000]].toLocaleString('de', { timeZone: 'UTC' }),
  new Float64Array([1.5, 2000]).toLocaleString('de'),
  (() => {
    const own = [1];
    own.push(own);
    return own.toLocaleString();
  })(),
]);
same('options that are wrong', () =>
  [
    { style: 'currency' },
    { style: 'currency', currency: 'US' },
    { style: 'unit' },
    { style: 'unit', unit: 'parsec' },
    { minimumFractionDigits: 101 },
    { maximumFractionDigits: -1 },
    { minimumFractionDigits: 3, maximumFractionDigits: 2 },
    { minimumIntegerDigits: 0 },
    { maximumSignificantDigits: 22 },
    { roundingIncrement: 3 },
    { notation: 'x' },
    { useGrouping: 'x' },
    { signDisplay: 'x' },
    { roundingIncrement: 5, maximumSignificantDigits: 2 },
    null,
  ].map((options) => fail(() => new Intl.NumberFormat('en', options))[0]),
);
same('resolved options', () =>
  ['en-US', 'de', 'ar-EG', 'en-u-nu-thai'].flatMap((locale) =>
    FORMS.map((form) => new Intl.NumberFormat(locale, form).resolvedOptions()),
  ),
);
same('ranges', () => [
  new Intl.NumberFormat('en').formatRange(3, 5),
  new Intl.NumberFormat('de').formatRange(1000, 5000),
  new Intl.NumberFormat('en', { style: 'currency', currency: 'USD' }).formatRange(3, 5),
  new Intl.NumberFormat('en', { maximumFractionDigits: 0 }).formatRange(2.9, 3.1),
]);
same('plurals', () =>
  ['en', 'de', 'fr', 'ru', 'pl', 'ar', 'ja', 'lt', 'cy', 'ga', 'sl', 'he'].map((locale) =>
    [0, 1, 2, 3, 4, 5, 6, 10, 11, 19, 20, 21, 22, 25, 100, 101, 102, 103, 111, 1e6, 0.5, 1.5, -1].map((number) =>
      new Intl.PluralRules(locale).select(number),
    ),
  ),
);
same('ordinals', () =>
  ['en', 'fr', 'it', 'sv', 'hu', 'cy'].map((locale) =>
    [0, 1, 2, 3, 4, 8, 11, 12, 13, 21, 22, 23, 80, 101, 111, 800].map((number) =>
      new Intl.PluralRules(locale, { type: 'ordinal' }).select(number),
    ),
  ),
);
same('plurals of what is shown', () => new Intl.PluralRules('en', { minimumFractionDigits: 1 }).select(1));
same('categories', () =>
  ['en', 'ar', 'ru'].map(
    (locale) => new Intl.PluralRules(locale, { type: 'ordinal' }).resolvedOptions().pluralCategories,
  ),
);
standard('plural rules of en-US say so', 'en-US', () => new Intl.PluralRules('en-US').resolvedOptions().locale);
