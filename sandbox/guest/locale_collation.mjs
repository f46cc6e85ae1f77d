// The order of letters, asked of ICU itself: what it holds is made for its own code alone. One order of all that is
// commonly written, and for each locale the letters and pairs of letters that it puts elsewhere.
const RANGES = [
  [0x20, 0x7e],
  [0xa0, 0x377],
  [0x37a, 0x37f],
  [0x384, 0x52f],
  [0x531, 0x58f],
  [0x591, 0x5f4],
  [0x600, 0x6ff],
  [0x900, 0x97f],
  [0xe01, 0xe5b],
  [0x10a0, 0x10ff],
  [0x1e00, 0x1eff],
  [0x2000, 0x206f],
  [0x2070, 0x20bf],
  [0x2100, 0x218b],
  [0x2190, 0x21ff],
  [0x2200, 0x22ff],
  [0x2460, 0x24ff],
  [0x2500, 0x26ff],
  [0x3001, 0x30ff],
  [0xff01, 0xff9f],
];

/** Latin, Greek, Cyrillic, Armenian letters: those that locales order in ways of their own. */
const LETTERS = [
  [0x61, 0x7a],
  [0xdf, 0x24f],
  [0x250, 0x2af],
  [0x3ac, 0x3ce],
  [0x430, 0x45f],
  [0x491, 0x4ff],
  [0x1e00, 0x1eff],
];

/** What separates two neighbours: nothing, a difference of case, of accent, of letter. */
const LEVELS = ['\u0000', '\u0003', '\u0002', '\u0001'];

/**
 * All characters in order, and before each what sets it apart from the one before; then those that are as several.
 * Of those, one that begins with the mark of an accent differs by more than case.
 * @returns {{ order: string, expansions: [string, string][] }}
 */
export function rootOrder() {
  const by = comparers('en');
  const all = charactersOf(RANGES).filter((one) => one.normalize('NFD') === one);
  const letters = charactersOf([[0x61, 0x7a]]);
  const pairs = letters.flatMap((a) => letters.map((b) => a + b));
  /** @type {[string, string][]} */
  const expansions = [];
  const single = all.filter((one) => {
    const apart = one.normalize('NFKD');
    const as =
      [...apart].length > 1 && by.base(one, apart) === 0
        ? apart
        : /\p{L}/u.test(one)
          ? pairs.find((pair) => by.base(one, pair) === 0)
          : undefined;
    if (as) expansions.push([one, by.accent(one, as) === 0 ? as : `${LEVELS[2]}${as}`]);
    return !as;
  });
  return { order: inOrder(single, by), expansions };
}

/**
 * What a locale orders otherwise: letters and pairs, each with the character it follows; the script that comes first;
 * whether accents count from the end.
 * @param {string} locale @param {ReturnType<typeof rootOrder>} root @returns {{ moved: string, caseFirst?: string, ignorePunctuation?: boolean, first?: string, backwards?: true }}
 */
export function tailored(locale, { order, expansions }) {
  const by = comparers(locale);
  const root = comparers('en');
  const latin = [...'abcdefghijklmnopqrstuvwxyz'];
  const letters = charactersOf(LETTERS);
  const several = new Map(expansions);
  const own = letters.filter((one) => {
    const as = several.get(one)?.replace(LEVELS[2], '');
    return as ? by.base(one, as) !== 0 : isMoved(one, by, root);
  });
  for (const a of latin) for (const b of [...latin, 'ž']) if (isPair(a, b, latin, by)) own.push(a + b);
  const first = FIRST.find(([, letter]) => by.base(letter, 'a') < 0)?.[0];
  const moved = new Set(own);
  const known = new Set(order);
  const anchors = letters.filter((one) => one === one.toLowerCase() && known.has(one) && !moved.has(one));
  const forms = (/** @type {string} */ one) => new Set([one, one[0].toUpperCase() + one.slice(1), one.toUpperCase()]);
  const cased = [...new Set(own.flatMap((one) => [...forms(one)].filter((form) => by.base(form, one) === 0)))];
  const result = [];
  let [anchor, last] = ['', ''];
  for (const one of [...anchors, ...cased].sort(by.variant)) {
    if (cased.includes(one)) {
      const level = last && by.base(last, one) === 0 ? (by.accent(last, one) === 0 ? 1 : 2) : 3;
      if (anchor) result.push(anchor + LEVELS[level] + one);
    } else anchor = one;
    last = one;
  }
  return {
    moved: result.join('\u0004'),
    ...defaults(locale),
    ...(first && { first }),
    ...(by.variant('cot\u00e9', 'c\u00f4te') > 0 && { backwards: true }),
  };
}

/** @param {string} locale */
function defaults(locale) {
  const { caseFirst, ignorePunctuation } = new Intl.Collator(locale).resolvedOptions();
  return { ...(caseFirst !== 'false' && { caseFirst }), ...(ignorePunctuation && { ignorePunctuation }) };
}

/** A letter of each script that a locale may put before Latin. */
const FIRST = [
  ['Cyrillic', 'а'],
  ['Greek', 'α'],
  ['Hebrew', 'א'],
  ['Arabic', 'ا'],
  ['Devanagari', 'अ'],
  ['Thai', 'ก'],
  ['Georgian', 'ა'],
  ['Armenian', 'ա'],
];

/** @param {string} one @param {ReturnType<typeof comparers>} by @param {ReturnType<typeof comparers>} root */
function isMoved(one, by, root) {
  const apart = one.normalize('NFD');
  if (apart !== one) return by.base(one, apart[0]) !== 0 && root.base(one, apart[0]) === 0;
  const others = /\p{Script=Latin}/u.test(one) ? 'abcdefghijklmnopqrstuvwxyz' : 'абвгдежзийклмнопрстуфхцчшщъыьэюя';
  if (!/[\p{Script=Latin}\p{Script=Cyrillic}]/u.test(one)) return false;
  return [...others].some((other) => Math.sign(by.base(one, other)) !== Math.sign(root.base(one, other)));
}

/** Whether two letters are ordered as one. @param {string} a @param {string} b @param {string[]} letters @param {ReturnType<typeof comparers>} by */
function isPair(a, b, letters, by) {
  return letters.some(
    (c) => c !== b && Math.sign(by.base(a + b, a + c)) !== Math.sign(by.base(b, c)) && !(by.base(a + c, `${a}zz`) > 0),
  );
}

/** @param {string} locale */
function comparers(locale) {
  const of = (/** @type {any} */ sensitivity) =>
    new Intl.Collator(locale, { sensitivity, ignorePunctuation: false, caseFirst: 'false' }).compare;
  return { base: of('base'), accent: of('accent'), variant: of('variant') };
}

/** @param {string[]} characters @param {ReturnType<typeof comparers>} by */
function inOrder(characters, by) {
  const marks = characters.filter((one) => by.base(one, '') === 0 && by.variant(one, '') !== 0);
  const ignored = new Set(characters.filter((one) => by.variant(one, '') === 0));
  const isMark = new Set(marks);
  const rest = characters.filter((one) => !isMark.has(one) && !ignored.has(one));
  const sorted = rest.sort(by.variant).map((one, i) => {
    if (!i) return LEVELS[3] + one;
    const before = rest[i - 1];
    const level = by.base(before, one) ? 3 : by.accent(before, one) ? 2 : by.variant(before, one) ? 1 : 0;
    return LEVELS[level] + one;
  });
  const marked = marks
    .sort((a, b) => by.variant(`a${a}`, `a${b}`))
    .map((one, i) => (i && by.variant(`a${marks[i - 1]}`, `a${one}`) === 0 ? LEVELS[0] : LEVELS[2]) + one);
  return `${sorted.join('')}\u0005${marked.join('')}\u0005${[...ignored].join('')}`;
}

/** @param {number[][]} ranges */
function charactersOf(ranges) {
  return ranges
    .flatMap(([from, to]) => Array.from({ length: to - from + 1 }, (_, i) => String.fromCodePoint(from + i)))
    .filter((one) => /\P{Cn}/u.test(one));
}
