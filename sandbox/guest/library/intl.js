// https://tc39.es/ecma402/#intl-object. Each class is a library module of its own, loaded when it is first asked for.
const core = runtime.module('intl-core');

/** Each class and the library module that has it. @type {Record<string, string>} */
const CLASSES = {
  Collator: 'intl-collator',
  DateTimeFormat: 'intl-dates',
  DisplayNames: 'intl-texts',
  ListFormat: 'intl-texts',
  Locale: 'intl-locale',
  NumberFormat: 'intl-numbers',
  PluralRules: 'intl-numbers',
  RelativeTimeFormat: 'intl-texts',
  Segmenter: 'intl-segmenter',
};

export const Intl = Object.defineProperties(
  {},
  {
    [Symbol.toStringTag]: { value: 'Intl', configurable: true },
    getCanonicalLocales: method(function getCanonicalLocales(/** @type {any} */ locales) {
      return core.canonicalList(locales);
    }),
    supportedValuesOf: method(function supportedValuesOf(/** @type {any} */ key) {
      const name = `${key}`;
      const { values } = core.shared();
      if (!Object.hasOwn(values, name)) throw new RangeError(`Invalid key : ${name.slice(0, 100)}`);
      return [...values[name]];
    }),
  },
);

for (const [name, module] of Object.entries(CLASSES)) {
  Object.defineProperty(Intl, name, {
    configurable: true,
    get() {
      const value = runtime.module(module)[name];
      Object.defineProperty(Intl, name, method(value));
      return value;
    },
    set(value) {
      Object.defineProperty(Intl, name, method(value));
    },
  });
}

/** A longer text is a bundle, which mentions more than it uses: its modules are loaded, and nothing is made beforehand. */
const LARGEST_OWN = 100_000;

/**
 * Before an action's top level: loads what its code mentions, and makes what everybody asks of it first, so that no run
 * has to.
 * @param {string} code
 */
export function prepare(code) {
  const mentions = (/** @type {string[]} */ ...names) => names.some((name) => code.includes(name));
  runtime.module('intl-methods');
  for (const name of Object.keys(CLASSES)) if (code.includes(name)) void (/** @type {any} */ (Intl)[name]);
  const makes = code.length <= LARGEST_OWN;
  if (mentions('toLocaleString', 'toLocaleDateString', 'toLocaleTimeString', 'DateTimeFormat')) {
    const dates = runtime.module('intl-dates');
    if (makes) dates.localeText(0, undefined, undefined, 'any', 'all');
  }
  if (mentions('toLocaleString', 'NumberFormat')) {
    const numbers = runtime.module('intl-numbers');
    if (makes) numbers.localeText(0);
  }
  if (mentions('localeCompare', 'Collator')) {
    const collator = runtime.module('intl-collator');
    if (makes) collator.localeCompare('a', 'b');
  }
}

/** @param {any} value */
function method(value) {
  return { value, writable: true, configurable: true };
}
