// Packs the tables of Intl into one file that the host reads pieces of: every table once, compressed with that of the
// parent locale at hand, from which it seldom differs much.
//   8 bytes: the length of the index; the index, deflated JSON; then the pieces.
// Run by `make setup`, with the file to write. It depends on Node's ICU and on these scripts only.
import { createHash } from 'node:crypto';
import { renameSync, writeFileSync } from 'node:fs';
import process from 'node:process';
import { deflateRawSync } from 'node:zlib';
import { filesOf, Trees } from './icu_resources.mjs';
import { rootOrder, tailored } from './locale_collation.mjs';
import { Tables } from './locale_tables.mjs';
import { zonesOf } from './locale_zones.mjs';

const KINDS =
  'dates numbers plurals zones currencies units relative lists names collation dates-buddhist dates-japanese dates-roc dates-persian'.split(
    ' ',
  );

/** What deflate looks back at. */
const WINDOW = 32 << 10;

/** What a locale says for not having what its parents have. */
const NOT_INHERITED = '∅∅∅';

class Pack {
  /** @type {Buffer[]} */
  pieces = [];
  /** Of each piece: its length, and the piece it was compressed with, or -1. @type {[number, number][]} */
  index = [];
  /** @type {Map<string, number>} */
  #known = new Map();
  /** @type {Buffer[]} */
  #texts = [];

  /** @param {unknown} table @param {number} [beside] the piece that is most like it */
  add(table, beside = -1) {
    const text = Buffer.from(
      JSON.stringify(table, (_, value) => (value === NOT_INHERITED ? undefined : value)) ?? 'null',
    );
    const digest = createHash('sha256').update(text).digest('base64');
    const known = this.#known.get(digest);
    if (known !== undefined) return known;
    const dictionary = beside < 0 ? undefined : this.#texts[beside].subarray(-WINDOW);
    const piece = deflateRawSync(text, { level: 9, ...(dictionary && { dictionary }) });
    this.#known.set(digest, this.pieces.length);
    this.#texts.push(text);
    this.index.push([piece.length, beside]);
    return this.pieces.push(piece) - 1;
  }
}

/** @returns {Buffer} */
function locales() {
  const files = filesOf(process.execPath);
  const tables = new Tables(files);
  const pack = new Pack();
  /** @type {Map<string, number[]>} */
  const packed = new Map();

  /** @param {string} locale @returns {number[]} */
  function add(locale) {
    const known = packed.get(locale);
    if (known) return known;
    const parent = locale === 'root' ? undefined : add(tables.parent(locale));
    const ids = KINDS.map((kind, i) =>
      pack.add(kind === 'collation' ? collation(locale) : tables.table(kind, locale), parent?.[i]),
    );
    packed.set(locale, ids);
    return ids;
  }
  const root = rootOrder();
  /** @param {string} locale */
  function collation(locale) {
    const tag = locale.replaceAll('_', '-');
    return files.has(`coll/${locale.split('_')[0]}.res`) && tag !== 'root' ? tailored(tag, root) : { moved: '' };
  }
  add('root');
  const names = tables.locales;
  /** @type {Record<string, number[]>} */
  const found = {};
  for (const name of names) found[name.replaceAll('_', '-')] = add(tables.canonical(name));
  const zones = Object.fromEntries([...zonesOf(files)].map(([name, zone]) => [name, pack.add(zone)]));
  const index = {
    kinds: KINDS,
    locales: found,
    zones,
    shared: {
      values: pack.add(shared(files)),
      order: pack.add(root),
      likely: pack.add(likelySubtags(names, Object.keys(tables.tree('lang/', 'en').Scripts))),
    },
    pieces: pack.index,
    versions: { cldr: process.versions.cldr, icu: process.versions.icu, tz: process.versions.tz },
  };
  const head = deflateRawSync(JSON.stringify(index), { level: 9 });
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(head.length));
  return Buffer.concat([length, head, ...pack.pieces]);
}

/** What belongs to no locale. @param {Map<string, Buffer>} files */
function shared(files) {
  const systems = new Trees(files, '').get('numberingSystems').numberingSystems;
  const { CurrencyMeta } = new Trees(files, 'curr/').get('supplementalData');
  return {
    digits: Object.fromEntries(
      Object.entries(systems)
        .filter(([, system]) => !(/** @type {any} */ (system).algorithmic) && /** @type {any} */ (system).radix === 10)
        .map(([name, system]) => [name, /** @type {any} */ (system).desc]),
    ),
    currencies: Object.fromEntries(
      Object.entries(CurrencyMeta)
        .map(([code]) => [
          code,
          new Intl.NumberFormat('en', {
            style: 'currency',
            currency: code === 'DEFAULT' ? 'USD' : code,
          }).resolvedOptions().maximumFractionDigits,
        ])
        .filter(([, digits]) => digits !== 2),
    ),
    values: Object.fromEntries(
      ['calendar', 'collation', 'currency', 'numberingSystem', 'timeZone', 'unit'].map((key) => [
        key,
        Intl.supportedValuesOf(/** @type {any} */ (key)),
      ]),
    ),
  };
}

/**
 * What a language, script or region most likely goes with: https://www.unicode.org/reports/tr35/#Likely_Subtags, as Node
 * answers.
 * @param {string[]} locales @param {string[]} scripts
 */
function likelySubtags(locales, scripts) {
  const names = new Intl.DisplayNames('en', { type: 'language', fallback: 'none' });
  const letters = [...'abcdefghijklmnopqrstuvwxyz'];
  const two = letters.flatMap((a) => letters.map((b) => a + b));
  const three = two.flatMap((pair) => letters.map((c) => pair + c));
  const languages = [...two, ...three].filter((code) => names.of(code));
  const regions = two.map((code) => code.toUpperCase());
  const asked = [
    ...languages,
    'und',
    ...regions.map((code) => `und-${code}`),
    ...locales.map((name) => name.replaceAll('_', '-')),
  ];
  const spoken = new Set(locales.map((name) => name.split('_')[0]));
  for (const script of scripts) asked.push(`und-${script}`, ...[...spoken].map((language) => `${language}-${script}`));
  /** @type {Record<string, string>} */
  const found = {};
  for (const tag of asked) {
    const { language, script, region } = new Intl.Locale(tag);
    const likely = new Intl.Locale(tag).maximize();
    const known = found[language] ?? found.und;
    const [, knownScript, knownRegion] = known?.split('-') ?? [];
    const same =
      likely.language === language &&
      likely.script === (script ?? knownScript) &&
      likely.region === (region ?? knownRegion);
    if ((script || region) && same) continue;
    if (likely.script && likely.region) found[tag] = [likely.language, likely.script, likely.region].join('-');
  }
  return found;
}

// Whole or not at all, and never under a process that reads the one before.
const [, , target] = process.argv;
writeFileSync(`${target}.new`, locales());
renameSync(`${target}.new`, target);
