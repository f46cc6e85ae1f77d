// `require` of an action: Node's modules, as far as there are any here. Packages come with an action's bundle.
import { library } from './library.js';
import {
  Error,
  ObjectDefineProperty,
  ObjectKeys,
  StringPrototypeSlice,
  StringPrototypeStartsWith,
} from './primordials.js';

/** Node's modules and the library module that each is. @type {Record<string, string>} */
const MODULES = {
  // @ts-expect-error -- a name that everything has is no module
  __proto__: null,
  assert: 'assert',
  'assert/strict': 'assert-strict',
  async_hooks: 'async_hooks',
  buffer: 'node-buffer',
  child_process: 'refused',
  'cloudflare:sockets': 'sockets',
  cluster: 'refused',
  console: 'node-console',
  constants: 'constants',
  crypto: 'crypto',
  dgram: 'refused',
  diagnostics_channel: 'diagnostics_channel',
  dns: 'dns',
  'dns/promises': 'dns-promises',
  domain: 'refused',
  events: 'events',
  fs: 'fs',
  'fs/promises': 'fs-promises',
  http: 'http',
  http2: 'refused',
  https: 'https',
  inspector: 'refused',
  'inspector/promises': 'refused',
  module: 'module',
  net: 'net',
  os: 'os',
  path: 'path',
  'path/posix': 'path-posix',
  'path/win32': 'path-win32',
  perf_hooks: 'perf_hooks',
  process: 'process',
  punycode: 'punycode',
  querystring: 'querystring',
  readline: 'readline',
  'readline/promises': 'readline-promises',
  repl: 'refused',
  sea: 'refused',
  sqlite: 'refused',
  stream: 'stream',
  'stream/consumers': 'stream-consumers',
  'stream/promises': 'stream-promises',
  'stream/web': 'stream-web',
  string_decoder: 'string_decoder',
  sys: 'util',
  test: 'refused',
  timers: 'timers',
  'timers/promises': 'timers-promises',
  tls: 'tls',
  trace_events: 'refused',
  tty: 'tty',
  url: 'node-url',
  util: 'util',
  'util/types': 'util-types',
  v8: 'v8',
  vm: 'refused',
  wasi: 'refused',
  worker_threads: 'refused',
  zlib: 'zlib',
};

/** The library module of those that load and refuse by name. */
const REFUSED = 'refused';

/** Node's names of what is built in. */
export const builtinModules = ObjectKeys(MODULES);

/** @param {string} name with or without `node:` @returns {string | undefined} the library module */
export function moduleOf(name) {
  return MODULES[bare(name)];
}

/** @param {unknown} name @returns {boolean} */
export function isBuiltin(name) {
  return typeof name === 'string' && moduleOf(name) !== undefined;
}

/**
 * @param {unknown} name
 * @returns {unknown}
 */
export function require(name) {
  const module = typeof name === 'string' ? moduleOf(name) : undefined;
  if (module === REFUSED) return library(REFUSED).module(bare(/** @type {string} */ (name)));
  if (module) return library(module);
  const error = new Error(
    `Cannot find module '${name}': it is none of Node's. Name a package as a dependency (package.json, --dependency)`,
  );
  ObjectDefineProperty(error, 'code', {
    __proto__: null,
    value: 'MODULE_NOT_FOUND',
    configurable: true,
    enumerable: true,
    writable: true,
  });
  throw error;
}

/** @param {string} name */
function bare(name) {
  return StringPrototypeStartsWith(name, 'node:') ? StringPrototypeSlice(name, 5) : name;
}
