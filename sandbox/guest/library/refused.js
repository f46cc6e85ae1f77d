// Modules of Node's for what an action cannot have, by name. Each is made when it is required; how they refuse is
// refused/refusing.js.
import { refused, refusedFunction } from './refused/refusing.js';

const PROCESSES = 'an action runs in a sandbox that cannot start processes; ask a service over HTTP instead';
const THREADS = 'an action runs in one thread';
const CONTEXTS = 'code that is made of text cannot be given a context of its own';
const DEBUGGER = 'there is no debugger in the sandbox';
const DATAGRAMS = 'the sandbox has no UDP';
const HTTP2 = 'use fetch, which speaks HTTP/2 where the server does, or node:https';
const FILES = 'an action has no files';
const TERMINAL = 'an action has no terminal';

/** @type {Record<string, () => object>} */
const MODULES = {
  child_process: () =>
    refused('child_process', PROCESSES, 'ChildProcess exec execFile execFileSync execSync fork spawn spawnSync'),
  cluster: () => {
    const { EventEmitter } = runtime.module('events');
    return Object.assign(new EventEmitter(), {
      ...refused('cluster', PROCESSES, 'Worker disconnect fork setupMaster setupPrimary'),
      isMaster: true,
      isPrimary: true,
      isWorker: false,
      SCHED_NONE: 1,
      SCHED_RR: 2,
      schedulingPolicy: 2,
      settings: {},
      workers: {},
    });
  },
  dgram: () => refused('dgram', DATAGRAMS, 'Socket createSocket'),
  domain: () => ({
    ...refused('domain', 'domains are deprecated; use AsyncLocalStorage', 'Domain create createDomain'),
  }),
  http2: () => ({
    ...refused(
      'http2',
      HTTP2,
      'Http2ServerRequest Http2ServerResponse connect createSecureServer createServer getPackedSettings ' +
        'getUnpackedSettings performServerHandshake',
    ),
    constants: http2Constants(),
    getDefaultSettings: () => ({}),
    sensitiveHeaders: Symbol('nodejs.http2.sensitiveHeaders'),
  }),
  inspector: () => ({
    ...refused('inspector', DEBUGGER, 'Session open waitForDebugger'),
    close() {},
    console: runtime.console,
    url: () => undefined,
    Network: {},
  }),
  repl: () => ({
    ...refused('repl', TERMINAL, 'REPLServer Recoverable start writer'),
    builtinModules: runtime.module('module').builtinModules,
  }),
  sea: () => ({
    ...refused('sea', 'an action is no executable', 'getAsset getAssetAsBlob getAssetKeys getRawAsset'),
    isSea: () => false,
  }),
  sqlite: () => refused('sqlite', FILES, 'DatabaseSync Session StatementSync backup'),
  test: () => {
    const run = refusedFunction('test', 'test', 'tests of an action run outside of it');
    return Object.assign(
      run,
      refused(
        'test',
        'tests of an action run outside of it',
        'after afterEach before beforeEach describe it run suite test',
      ),
    );
  },
  trace_events: () => ({
    createTracing: () => ({ categories: '', enabled: false, enable() {}, disable() {} }),
    getEnabledCategories: () => undefined,
  }),
  vm: () => ({
    ...refused(
      'vm',
      CONTEXTS,
      'Module Script SourceTextModule SyntheticModule compileFunction createContext measureMemory runInContext ' +
        'runInNewContext runInThisContext',
    ),
    constants: { __proto__: null, USE_MAIN_CONTEXT_DEFAULT_LOADER: Symbol(), DONT_CONTEXTIFY: Symbol() },
    isContext: () => false,
  }),
  wasi: () => refused('wasi', 'the guest itself is WebAssembly and cannot start another', 'WASI'),
  worker_threads: workerThreads,
};

/** @type {Map<string, object>} */
const made = new Map();

/** @param {string} name without `node:` @returns {object} the same one each time */
export function module(name) {
  const known = made.get(name);
  if (known) return known;
  const [whole, part] = name.split('/');
  const exported = /** @type {any} */ (MODULES[whole]());
  const found = part && part in exported ? exported[part] : exported;
  made.set(name, found);
  return found;
}

/** What a program asks to know whether it is the main thread. */
function workerThreads() {
  /** @type {Map<unknown, unknown>} */
  const data = new Map();
  const lazily = (/** @type {string} */ name) => /** @type {any} */ (globalThis)[name];
  return {
    ...refused('worker_threads', THREADS, 'Worker moveMessagePortToContext postMessageToThread'),
    get BroadcastChannel() {
      return lazily('BroadcastChannel') ?? refused('worker_threads', THREADS, 'BroadcastChannel').BroadcastChannel;
    },
    get MessageChannel() {
      return lazily('MessageChannel') ?? refused('worker_threads', THREADS, 'MessageChannel').MessageChannel;
    },
    get MessagePort() {
      return lazily('MessagePort') ?? refused('worker_threads', THREADS, 'MessagePort').MessagePort;
    },
    SHARE_ENV: Symbol.for('nodejs.worker_threads.SHARE_ENV'),
    getEnvironmentData: (/** @type {unknown} */ key) => data.get(key),
    isInternalThread: false,
    isMainThread: true,
    isMarkedAsUntransferable: () => false,
    markAsUncloneable() {},
    markAsUntransferable() {},
    parentPort: null,
    receiveMessageOnPort: () => undefined,
    resourceLimits: {},
    setEnvironmentData: (/** @type {unknown} */ key, /** @type {unknown} */ value) =>
      value === undefined ? data.delete(key) : data.set(key, value),
    threadId: 0,
    threadName: '',
    workerData: null,
  };
}

/** The names that HTTP clients read when they are loaded, though they speak HTTP/1.1. */
function http2Constants() {
  /** @type {Record<string, string | number>} */
  const constants = { NGHTTP2_NO_ERROR: 0, NGHTTP2_CANCEL: 8, NGHTTP2_REFUSED_STREAM: 7, NGHTTP2_INTERNAL_ERROR: 2 };
  for (const name of ['authority', 'method', 'path', 'scheme', 'status']) {
    constants[`HTTP2_HEADER_${name.toUpperCase()}`] = `:${name}`;
  }
  for (const name of [
    'accept',
    'accept-encoding',
    'authorization',
    'cache-control',
    'connection',
    'content-encoding',
    'content-length',
    'content-type',
    'cookie',
    'date',
    'expect',
    'host',
    'keep-alive',
    'location',
    'range',
    'set-cookie',
    'te',
    'transfer-encoding',
    'upgrade',
    'user-agent',
  ]) {
    constants[`HTTP2_HEADER_${name.toUpperCase().replaceAll('-', '_')}`] = name;
  }
  for (const method of ['CONNECT', 'DELETE', 'GET', 'HEAD', 'OPTIONS', 'PATCH', 'POST', 'PUT']) {
    constants[`HTTP2_METHOD_${method}`] = method;
  }
  return constants;
}
