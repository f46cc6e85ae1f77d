// Reads ICU's data: every Node carries it, and the one that bundles the guest is locked by hash. A package of files, and
// in each `.res` a tree of strings, numbers, tables and aliases into other trees.
// https://github.com/unicode-org/icu/blob/main/icu4c/source/common/uresdata.h says how a tree is laid out.
import { readFileSync } from 'node:fs';

/** A place elsewhere, to be looked for anew by the locale that asks. */
export class Alias {
  /** @param {string} path */
  constructor(path) {
    this.path = path.split('/').slice(1);
  }
}

/** The files of the package that a Node has, by their names. @param {string} node @returns {Map<string, Buffer>} */
export function filesOf(node) {
  const binary = readFileSync(node);
  for (let at = binary.indexOf('CmnD'); at >= 0; at = binary.indexOf('CmnD', at + 1)) {
    const header = at - 12;
    if (binary[header + 2] === 0xda && binary[header + 3] === 0x27) return unpacked(binary.subarray(header));
  }
  throw new Error('this Node has no data of ICU: it was built without Intl');
}

/** @param {Buffer} data */
function unpacked(data) {
  const contents = data.subarray(data.readUInt16LE(0));
  const count = contents.readUInt32LE(0);
  const files = new Map();
  for (let i = 0; i < count; i++) {
    const name = textAt(contents, contents.readUInt32LE(4 + 8 * i));
    const next = i + 1 < count ? contents.readUInt32LE(16 + 8 * i) : undefined;
    const start = contents.readUInt32LE(8 + 8 * i);
    files.set(name.slice(name.indexOf('/') + 1), contents.subarray(start, next));
  }
  return files;
}

/** @param {Buffer} bytes @param {number} at */
function textAt(bytes, at) {
  return bytes.toString('latin1', at, bytes.indexOf(0, at));
}

/** Reads the trees of one folder of the package, which share a pool of keys and strings. */
export class Trees {
  #files;
  #folder;
  #pool;
  /** @type {Map<string, any>} */
  #read = new Map();

  /** @param {Map<string, Buffer>} files @param {string} folder '' or 'lang/' */
  constructor(files, folder) {
    this.#files = files;
    this.#folder = folder;
    const pool = files.get(`${folder}pool.res`);
    this.#pool = pool && layout(pool);
  }

  /** @param {string} name */
  has(name) {
    return this.#files.has(`${this.#folder}${name}.res`);
  }

  get names() {
    const found = [...this.#files.keys()].filter((name) => name.startsWith(this.#folder) && name.endsWith('.res'));
    return found
      .map((name) => name.slice(this.#folder.length, -4))
      .filter((name) => !name.includes('/') && name !== 'pool' && name !== 'res_index');
  }

  /** The whole tree as objects, arrays, strings, numbers. @param {string} name @returns {any} */
  get(name) {
    if (!this.#read.has(name)) {
      const file = this.#files.get(`${this.#folder}${name}.res`);
      this.#read.set(name, file && read(file, this.#pool));
    }
    return this.#read.get(name);
  }
}

/** @param {Buffer} file */
function layout(file) {
  const words = file.subarray(file.readUInt16LE(0));
  const index = (/** @type {number} */ i) => words.readInt32LE(4 + 4 * i);
  const length = index(0) & 0xff;
  const attributes = length > 5 ? index(5) : 0;
  return {
    words,
    keys: 4 + 4 * length,
    // Where the file's own keys end: none when they would begin there.
    ownKeys: index(1) > 1 + length ? index(1) * 4 : 0,
    sixteen: index(1) * 4,
    poolLimit: (index(0) >>> 8) | ((attributes & 0xf000) << 12),
    poolLimit16: attributes >>> 16,
  };
}

/** @param {Buffer} file @param {ReturnType<typeof layout> | undefined} pool */
function read(file, pool) {
  const own = layout(file);
  const { words } = own;
  const key = (/** @type {number} */ offset) =>
    offset < own.ownKeys
      ? textAt(words, offset)
      : textAt(/** @type {any} */ (pool).words, offset - own.ownKeys + /** @type {any} */ (pool).keys);
  const key32 = (/** @type {number} */ offset) =>
    offset >= 0
      ? textAt(words, offset)
      : textAt(/** @type {any} */ (pool).words, (offset & 0x7fffffff) + /** @type {any} */ (pool).keys);
  const text = (/** @type {number} */ offset) =>
    offset < own.poolLimit ? textV2(/** @type {any} */ (pool), offset) : textV2(own, offset - own.poolLimit);
  const small = (/** @type {number} */ item) =>
    text(item < own.poolLimit16 ? item : item - own.poolLimit16 + own.poolLimit);
  const unit = (/** @type {number} */ at) => words.readUInt16LE(own.sixteen + 2 * at);
  const many = (/** @type {number} */ count, /** @type {(i: number) => any} */ each) =>
    Array.from({ length: count }, (_, i) => each(i));

  /** @param {number} resource @returns {any} */
  function item(resource) {
    const type = resource >>> 28;
    const offset = resource & 0x0fffffff;
    const at = offset * 4;
    switch (type) {
      case 0: {
        const length = offset ? words.readInt32LE(at) : 0;
        return words.toString('utf16le', at + 4, at + 4 + 2 * length);
      }
      case 1: {
        const length = offset ? words.readInt32LE(at) : 0;
        return words.subarray(at + 4, at + 4 + length);
      }
      case 2: {
        const count = offset ? words.readUInt16LE(at) : 0;
        const values = at + 2 + 2 * count + (count % 2 ? 0 : 2);
        return table(
          many(count, (i) => [key(words.readUInt16LE(at + 2 + 2 * i)), item(words.readUInt32LE(values + 4 * i))]),
        );
      }
      case 3: {
        const length = words.readInt32LE(at);
        return new Alias(words.toString('utf16le', at + 4, at + 4 + 2 * length));
      }
      case 4: {
        const count = offset ? words.readInt32LE(at) : 0;
        return table(
          many(count, (i) => [
            key32(words.readInt32LE(at + 4 + 4 * i)),
            item(words.readUInt32LE(at + 4 + 4 * count + 4 * i)),
          ]),
        );
      }
      case 5: {
        const count = unit(offset);
        return table(many(count, (i) => [key(unit(offset + 1 + i)), small(unit(offset + 1 + count + i))]));
      }
      case 6:
        return text(offset);
      case 7:
        return (resource << 4) >> 4;
      case 8:
        return many(offset ? words.readInt32LE(at) : 0, (i) => item(words.readUInt32LE(at + 4 + 4 * i)));
      case 9:
        return many(unit(offset), (i) => small(unit(offset + 1 + i)));
      case 14:
        return many(offset ? words.readInt32LE(at) : 0, (i) => words.readInt32LE(at + 4 + 4 * i));
    }
    throw new Error(`ICU's data has a kind of value that this build does not know: ${type}`);
  }
  return item(words.readUInt32LE(0));
}

/** @param {[string, any][]} entries */
function table(entries) {
  return Object.assign(Object.create(null), Object.fromEntries(entries));
}

/** @param {{ words: Buffer, sixteen: number }} from @param {number} offset */
function textV2({ words, sixteen }, offset) {
  const at = sixteen + 2 * offset;
  const first = words.readUInt16LE(at);
  const slice = (/** @type {number} */ skip, /** @type {number} */ length) =>
    words.toString('utf16le', at + 2 * skip, at + 2 * (skip + length));
  if (first < 0xdc00 || first > 0xdfff) {
    let end = at;
    while (words.readUInt16LE(end)) end += 2;
    return words.toString('utf16le', at, end);
  }
  if (first < 0xdfef) return slice(1, first & 0x3ff);
  const second = words.readUInt16LE(at + 2);
  if (first < 0xdfff) return slice(2, ((first - 0xdfef) << 16) | second);
  return slice(3, (second << 16) | words.readUInt16LE(at + 4));
}
