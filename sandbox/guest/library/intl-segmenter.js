// Intl.Segmenter: https://tc39.es/ecma402/#segmenter-objects. The package has the rules of Unicode; choosing a locale is ours.
import { Segmenter as Unicode } from '@formatjs/intl-segmenter';

const core = runtime.module('intl-core');
const NAME = 'Intl.Segmenter';
const slots = new core.Slots(NAME);

/** The rules of each kind: they take long to make. @type {Map<string, any>} */
const rules = new Map();

/** @param {string} granularity @returns {any} */
function rulesOf(granularity) {
  let found = rules.get(granularity);
  if (!found) rules.set(granularity, (found = new Unicode('en', { granularity: /** @type {any} */ (granularity) })));
  return found;
}

class Segments {
  /** @param {any} [locales] @param {any} [given] */
  constructor(locales, given) {
    const list = core.canonicalList(locales);
    const options = core.optionsObject(given);
    core.option(options, 'localeMatcher', 'string', core.MATCHERS, undefined, NAME);
    const { locale } = core.resolve(list, {}, {});
    const granularity = core.option(
      options,
      'granularity',
      'string',
      ['grapheme', 'word', 'sentence'],
      'grapheme',
      NAME,
    );
    slots.set(this, { locale, granularity, inner: rulesOf(granularity) });
  }

  /** @param {any} text */
  segment(text) {
    return slots.of(this, 'segment').inner.segment(`${text}`);
  }

  resolvedOptions() {
    const { locale, granularity } = slots.of(this, 'resolvedOptions');
    return { locale, granularity };
  }

  /** @param {any} locales @param {any} [options] */
  static supportedLocalesOf(locales, options) {
    return core.supported(locales, options);
  }
}

Object.defineProperty(Segments, 'name', { value: 'Segmenter', configurable: true });

rulesOf('grapheme');

export const Segmenter = core.named(Segments, 'Segmenter');
