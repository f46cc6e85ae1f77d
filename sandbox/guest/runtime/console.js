// https://console.spec.whatwg.org/ with Node's text. Strings and other primitives are joined here; whatever needs more is
// formatted by the library's `inspect`. The host numbers the levels as LEVELS does.
import { library } from './library.js';
import {
  DateNow,
  Error,
  Map,
  MapPrototypeDelete,
  MapPrototypeGet,
  MapPrototypeHas,
  MapPrototypeSet,
  NumberPrototypeToFixed,
  ObjectDefineProperty,
  ObjectIs,
  ReflectApply,
  StringPrototypeIncludes,
  StringPrototypeReplaceAll,
  StringPrototypeSlice,
  SymbolPrototypeToString,
} from './primordials.js';
import { authorFrames, nativeStack } from './stacks.js';

const LEVELS = { debug: 0, log: 1, info: 2, warn: 3, error: 4, trace: 5 };
const GROUP = '  ';
const { log } = host;

/** @type {Map<string, number>} */
const counts = new Map();
/** @type {Map<string, number>} */
const clocks = new Map();
let indentation = '';

export const console = {
  // A namespace has an empty object between itself and Object.prototype.
  __proto__: {},

  /** @param {unknown[]} values */
  log(...values) {
    write(LEVELS.log, values);
  },

  /** @param {unknown[]} values */
  debug(...values) {
    write(LEVELS.debug, values);
  },

  /** @param {unknown[]} values */
  info(...values) {
    write(LEVELS.info, values);
  },

  /** @param {unknown[]} values */
  warn(...values) {
    write(LEVELS.warn, values);
  },

  /** @param {unknown[]} values */
  error(...values) {
    write(LEVELS.error, values);
  },

  /** @param {unknown[]} values */
  trace(...values) {
    const text = format(values);
    const frames = authorFrames(nativeStack(new Error()));
    line(LEVELS.trace, `Trace${text && ': '}${text}${frames && '\n'}${frames}`);
  },

  /** @param {unknown} value @param {object} [options] */
  dir(value = undefined, options) {
    line(LEVELS.log, library('inspect').inspect(value, { customInspect: false, ...options }));
  },

  /** Nothing: what was written is kept by the host. */
  clear() {},

  /** @param {unknown[]} values */
  dirxml(...values) {
    write(LEVELS.log, values);
  },

  /** @param {unknown} [condition] @param {unknown[]} values */
  assert(condition = false, ...values) {
    if (condition) return;
    if (typeof values[0] === 'string') values[0] = `Assertion failed: ${values[0]}`;
    else if (values.length === 0) values[0] = 'Assertion failed';
    else return line(LEVELS.warn, `Assertion failed ${format(values)}`);
    write(LEVELS.warn, values);
  },

  /** @param {unknown} [label] */
  count(label = 'default') {
    const key = `${label}`;
    const count = (MapPrototypeGet(counts, key) ?? 0) + 1;
    MapPrototypeSet(counts, key, count);
    line(LEVELS.log, `${key}: ${count}`);
  },

  /** @param {unknown} [label] */
  countReset(label = 'default') {
    const key = `${label}`;
    if (!MapPrototypeDelete(counts, key)) line(LEVELS.warn, `Count for '${key}' does not exist`);
  },

  /** @param {unknown[]} values */
  group(...values) {
    if (values.length) write(LEVELS.log, values);
    indentation += GROUP;
  },

  /** @param {unknown[]} values */
  groupCollapsed(...values) {
    if (values.length) write(LEVELS.log, values);
    indentation += GROUP;
  },

  groupEnd() {
    indentation = StringPrototypeSlice(indentation, GROUP.length);
  },

  /** @param {unknown} [label] */
  time(label = 'default') {
    const key = `${label}`;
    if (MapPrototypeHas(clocks, key)) line(LEVELS.warn, `Label '${key}' already exists for console.time()`);
    else MapPrototypeSet(clocks, key, DateNow());
  },

  /** @param {unknown} [label] @param {unknown[]} values */
  timeLog(label = 'default', ...values) {
    elapsed('timeLog', `${label}`, values);
  },

  /** @param {unknown} [label] */
  timeEnd(label = 'default') {
    const key = `${label}`;
    if (elapsed('timeEnd', key, [])) MapPrototypeDelete(clocks, key);
  },

  /** @param {unknown} [rows] @param {readonly string[]} [columns] */
  table(rows = undefined, columns) {
    if (typeof rows !== 'object' || rows === null) write(LEVELS.log, [rows]);
    else line(LEVELS.log, library('console-table').table(rows, columns));
  },
};

ObjectDefineProperty(console, Symbol.toStringTag, { __proto__: null, value: 'console', configurable: true });

/** @param {number} level @param {unknown[]} values */
function write(level, values) {
  line(level, format(values));
}

/** @param {number} level @param {unknown} text */
function line(level, text) {
  let indented = `${text}`;
  if (indentation) {
    indented =
      indentation +
      (StringPrototypeIncludes(indented, '\n')
        ? StringPrototypeReplaceAll(indented, '\n', `\n${indentation}`)
        : indented);
  }
  log(level, indented);
}

/** @param {unknown[]} values @returns {string} */
function format(values) {
  let text = '';
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    const type = typeof value;
    if (type === 'string') {
      if (i === 0 && values.length > 1 && StringPrototypeIncludes(value, '%')) return formatted(values);
      text += (i ? ' ' : '') + value;
    } else if (type === 'function' || (type === 'object' && value !== null)) {
      return formatted(values);
    } else if (type === 'symbol') {
      text += (i ? ' ' : '') + SymbolPrototypeToString(value);
    } else {
      text += (i ? ' ' : '') + (ObjectIs(value, -0) ? '-0' : value) + (type === 'bigint' ? 'n' : '');
    }
  }
  return text;
}

/** @param {unknown[]} values @returns {string} */
function formatted(values) {
  return ReflectApply(library('inspect').format, undefined, values);
}

/** @param {string} method @param {string} key @param {unknown[]} values */
function elapsed(method, key, values) {
  const since = MapPrototypeGet(clocks, key);
  if (since === undefined) {
    line(LEVELS.warn, `No such label '${key}' for console.${method}()`);
    return false;
  }
  const ms = DateNow() - since;
  const text = values.length ? ` ${format(values)}` : '';
  line(LEVELS.log, `${key}: ${ms < 1000 ? `${ms}ms` : `${NumberPrototypeToFixed(ms / 1000, 3)}s`}${text}`);
  return true;
}
