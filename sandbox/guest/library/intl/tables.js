// The tables of locales and time zones, which the host reads: interlock.sandbox.compute.localizing. One is asked for when
// it is first needed, and kept with the run, or with the image when that was while it was made.

/** @type {Map<string, any>} */
const kept = new Map();

/** A run that walks through all locales there are must not hold them all. */
const MOST_KEPT = 200;

/** @param {string} kind @param {string} locale one that `available` gave @returns {any} */
export function table(kind, locale) {
  return ask('intl.table', `${kind} ${locale}`, { kind, locale });
}

/** A time zone, or undefined when there is none of this name. @param {string} name @returns {any} */
export function zone(name) {
  const lower = name.toLowerCase();
  return /^[a-z0-9_+/-]{1,40}$/.test(lower) ? ask('intl.zone', `zone ${lower}`, { name: lower }) : undefined;
}

/** What belongs to no locale. @param {'values' | 'order' | 'likely'} [name] @returns {any} */
export function shared(name = 'values') {
  return ask('intl.shared', `shared ${name}`, { name });
}

/**
 * The locale with data that serves a tag best, which is it or a shorter one. https://tc39.es/ecma402/#sec-bestavailablelocale
 * @param {string} tag language, script and region @returns {string | undefined}
 */
export function available(tag) {
  if (tag === 'en-US' || tag === 'en') return tag;
  const key = `match ${tag}`;
  if (!kept.has(key)) keep(key, host.compute('intl.match', JSON.stringify({ tag })).value ?? undefined);
  return kept.get(key);
}

/** @param {string} name @param {string} key @param {object} options */
function ask(name, key, options) {
  if (!kept.has(key)) {
    const [text] = host.compute(name, JSON.stringify(options)).data;
    keep(key, text && JSON.parse(host.utf8Decode(text)));
  }
  return kept.get(key);
}

/** @param {string} key @param {any} value */
function keep(key, value) {
  if (kept.size >= MOST_KEPT) kept.clear();
  kept.set(key, value);
}
