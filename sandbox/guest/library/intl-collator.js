// https://tc39.es/ecma402/#collator-objects
import { compareIn } from './intl/collation.js';

const core = runtime.module('intl-core');
const { option } = core;
const NAME = 'Intl.Collator';
const slots = new core.Slots(NAME);

/** @type {Map<string, any>} */
const plain = new Map();

/** @param {any} locales @param {any} given */
function create(locales, given) {
  const list = core.canonicalList(locales);
  const options = core.coerced(given);
  const usage = option(options, 'usage', 'string', ['sort', 'search'], 'sort', NAME);
  option(options, 'localeMatcher', 'string', core.MATCHERS, undefined, NAME);
  const collation = core.typeOption(options, 'collation', 'collation');
  const numeric = option(options, 'numeric', 'boolean', undefined, undefined, NAME);
  const caseFirst = option(options, 'caseFirst', 'string', ['upper', 'lower', 'false'], undefined, NAME);
  const { locale, data, keywords } = core.resolve(
    list,
    { co: collation, kn: numeric === undefined ? undefined : String(numeric), kf: caseFirst },
    {
      co: () => false,
      kn: (/** @type {string} */ value) => value === 'true' || value === 'false',
      kf: (/** @type {string} */ value) => ['upper', 'lower', 'false'].includes(value),
    },
  );
  const sensitivity = option(options, 'sensitivity', 'string', ['base', 'accent', 'case', 'variant'], 'variant', NAME);
  const own = core.table('collation', data);
  const ignorePunctuation = option(
    options,
    'ignorePunctuation',
    'boolean',
    undefined,
    own.ignorePunctuation ?? false,
    NAME,
  );
  return {
    locale,
    data,
    usage,
    sensitivity,
    ignorePunctuation,
    numeric: keywords.kn === 'true',
    caseFirst: keywords.kf ?? own.caseFirst ?? 'false',
    first: own.first && new RegExp(`\\p{Script=${own.first}}`, 'u'),
    backwards: own.backwards,
    bound: undefined,
  };
}

class Compares {
  /** @param {any} [locales] @param {any} [options] */
  constructor(locales, options) {
    slots.set(this, create(locales, options));
  }

  get compare() {
    const rules = slots.of(this, 'compare');
    if (!rules.bound) {
      rules.bound = (/** @type {any} */ a, /** @type {any} */ b) => compareIn(rules, `${a}`, `${b}`);
      Object.defineProperty(rules.bound, 'name', { value: '', configurable: true });
    }
    return rules.bound;
  }

  resolvedOptions() {
    const { locale, usage, sensitivity, ignorePunctuation, numeric, caseFirst } = slots.of(this, 'resolvedOptions');
    return { locale, usage, sensitivity, ignorePunctuation, collation: 'default', numeric, caseFirst };
  }

  /** @param {any} locales @param {any} [options] */
  static supportedLocalesOf(locales, options) {
    return core.supported(locales, options);
  }
}

/** The standard lets it be called without `new`. */
export const Collator = core.callable(Compares, 'Collator');

/** https://tc39.es/ecma402/#sup-String.prototype.localeCompare @param {string} a @param {string} b @param {any} locales @param {any} options */
export function localeCompare(a, b, locales, options) {
  let rules;
  if (options === undefined && (locales === undefined || typeof locales === 'string')) {
    const key = `${locales}`;
    rules = plain.get(key);
    if (!rules) {
      if (plain.size > 100) plain.clear();
      plain.set(key, (rules = create(locales, options)));
    }
  } else rules = create(locales, options);
  return compareIn(rules, a, b);
}
