// Time zones as the guest reads them: when each moved its clocks and to what, and what its time is called.
// https://github.com/unicode-org/icu/blob/main/icu4c/source/i18n/olsontz.h says what a zone of ICU's holds.
import { Trees } from './icu_resources.mjs';

/**
 * Each zone by its names in small letters. The name that a program is told is the one that Node tells.
 * @param {Map<string, Buffer>} files @returns {Map<string, object>}
 */
export function zonesOf(files) {
  const trees = new Trees(files, '');
  const { Names, Zones, Rules, Regions } = trees.get('zoneinfo64');
  const { metazoneInfo, mapTimezones, primaryZones } = trees.get('metaZones');
  const alias = trees.get('timezoneTypes').typeAlias.timezone;
  /** @type {Record<string, number>} */
  const zonesOfRegion = {};
  const canonical = (/** @type {string} */ name) => alias[name.replaceAll('/', ':')] ?? name;
  Names.forEach((/** @type {string} */ name, /** @type {number} */ i) => {
    if (name.includes('/') && canonical(name) === name && Regions[i] !== '001')
      zonesOfRegion[Regions[i]] = (zonesOfRegion[Regions[i]] ?? 0) + 1;
  });
  const golden = Object.fromEntries(
    Object.entries(mapTimezones).map(([metazone, regions]) => [metazone, /** @type {any} */ (regions)['001']]),
  );
  const zones = new Map();
  Names.forEach((/** @type {string} */ name, /** @type {number} */ i) => {
    const told = nameInNode(name);
    if (!told) return;
    const key = canonical(name);
    const zone = typeof Zones[i] === 'number' ? Zones[Zones[i]] : Zones[i];
    const region = Regions[Names.indexOf(key)] ?? Regions[i];
    zones.set(name.toLowerCase(), {
      name: told,
      key: key.replaceAll('/', ':'),
      region,
      alone: zonesOfRegion[region] === 1 || primaryZones[region] === key,
      ...changes(zone, Rules),
      called: (metazoneInfo[key.replaceAll('/', ':')] ?? []).map((/** @type {string[]} */ [metazone, from, to]) => [
        metazone,
        golden[metazone] === key ? 1 : 0,
        ...(from ? [minutes(from), minutes(to)] : []),
      ]),
    });
  });
  return zones;
}

/** @param {string} timeZone */
function nameInNode(timeZone) {
  try {
    return new Intl.DateTimeFormat('en', { timeZone }).resolvedOptions().timeZone;
  } catch {
    return undefined;
  }
}

/** Seconds of each change, with the index of what holds from then on in `offsets`, pairs of raw offset and summer time. @param {any} zone @param {any} rules */
function changes(zone, rules) {
  const wide = (/** @type {number[]} */ pairs = []) =>
    Array.from({ length: pairs.length / 2 }, (_, i) => pairs[2 * i] * 2 ** 32 + (pairs[2 * i + 1] >>> 0));
  const at = [...wide(zone.transPre32), ...(zone.trans ?? []), ...wide(zone.transPost32)];
  const { typeOffsets, typeMap, finalRule, finalRaw, finalYear } = zone;
  const offsets = Array.from({ length: typeOffsets.length / 2 }, (_, i) => typeOffsets.slice(2 * i, 2 * i + 2));
  return {
    at,
    offsets,
    kinds: [...(typeMap ?? [])],
    ...(finalRule && { after: [finalYear, finalRaw, rules[finalRule]] }),
  };
}

/** @param {string} text 2018-10-28 02:00 */
function minutes(text) {
  return Date.parse(`${text.replace(' ', 'T')}Z`) / 60_000;
}
