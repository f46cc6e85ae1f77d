// The cache of a trigger, as one run sees it: entries come with the run and go back with its output. A write that the
// limits do not allow is answered, not thrown, as the action's author was promised.
const { DateNow, ObjectCreate, ObjectKeys } = runtime.primordials;
const { granted, own, run, utf8Length } = runtime.recorder;

const ENTRIES = 20;
const KEY_BYTES = 64;
const VALUE_BYTES = 4096;
const TOTAL_BYTES = 8192;
const WRITES = 100;
const DEFAULT_LIFETIME_MS = 15 * 60 * 1000;
const LONGEST_LIFETIME_MS = 24 * 60 * 60 * 1000;

let writes = 0;

/** @type {Record<string, import('../types.js').Behaviour>} */
export const behaviours = {
  /** @param {string} key */
  'api.cache.get'(key) {
    const entry = live()[key];
    return entry && { value: entry.value, expires_at: entry.expires_at };
  },

  /** @param {string} key @param {string} value @param {{ ttl?: number, expires_at?: number } | undefined} options */
  'api.cache.set'(key, value, options) {
    const all = live();
    const now = DateNow();
    const ttl = own(options, 'ttl');
    const at = own(options, 'expires_at');
    if (writes >= WRITES) return failure('MaxSideEffectsExceeded');
    if (utf8Length(key) > granted('cache_key_bytes', KEY_BYTES)) return failure('CacheKeySizeExceeded');
    if (utf8Length(value) > granted('cache_value_bytes', VALUE_BYTES)) return failure('CacheValueSizeExceeded');
    if ((ttl !== undefined && ttl <= 0) || (at !== undefined && at <= 0)) return failure('InvalidExpiry');
    if (at !== undefined && at <= now) return failure('ItemAlreadyExpired');
    if (!fits(all, key, value)) return failure('CacheSizeExceeded');
    const longest = granted('cache_lifetime_ms', LONGEST_LIFETIME_MS);
    const lifetime = ttl ?? (at === undefined ? DEFAULT_LIFETIME_MS : longest);
    const expires_at = least(now + lifetime, at ?? Infinity, now + longest);
    all[key] = { value, expires_at };
    writes++;
    return { type: 'success', record: { value, expires_at } };
  },

  /** @param {string} key */
  'api.cache.delete'(key) {
    const all = live();
    if (writes >= WRITES) return failure('MaxSideEffectsExceeded');
    if (!all[key]) return failure('CacheKeyDoesNotExist');
    delete all[key];
    writes++;
    return { type: 'success' };
  },
};

/** The entries that have not expired. @returns {Record<string, import('../types.js').CacheEntry>} */
function live() {
  const known = run.cache ?? own(run.state, 'cache') ?? ObjectCreate(null);
  const fresh = ObjectCreate(null);
  const now = DateNow();
  const keys = ObjectKeys(known);
  for (let i = 0; i < keys.length; i++) {
    const key = /** @type {string} */ (keys[i]);
    if (known[key].expires_at > now) fresh[key] = known[key];
  }
  run.cache = fresh;
  return fresh;
}

/** @param {Record<string, import('../types.js').CacheEntry>} all @param {string} key @param {string} value @returns {boolean} */
function fits(all, key, value) {
  const keys = ObjectKeys(all);
  let count = 1;
  let bytes = utf8Length(key) + utf8Length(value);
  for (let i = 0; i < keys.length; i++) {
    const other = /** @type {string} */ (keys[i]);
    if (other === key) continue;
    count++;
    bytes += utf8Length(other) + utf8Length(/** @type {import('../types.js').CacheEntry} */ (all[other]).value);
  }
  return count <= granted('cache_entries', ENTRIES) && bytes <= granted('cache_bytes', TOTAL_BYTES);
}

/** @param {string} code */
function failure(code) {
  return { type: 'error', code };
}

/** @param {number} a @param {number} b @param {number} c @returns {number} */
function least(a, b, c) {
  const ab = a < b ? a : b;
  return ab < c ? ab : c;
}
