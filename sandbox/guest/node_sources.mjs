// Node's own JavaScript for the library modules that are Node's: every Node carries its lib/ folder as text, and the one
// that bundles the guest is locked by hash (requirements/dev.lock). Nothing tracks Node as closely. What those files ask
// of Node's C++ is library/node/*.js.
import { join } from 'node:path';
import process from 'node:process';

/** How our own files ask for one: `import events from 'node-lib:events'`. */
const PREFIX = 'node-lib:';
const NAMESPACE = 'node-lib';

const OURS = join(import.meta.dirname, 'library', 'node');

/** Node's internals that exist once, in the library module node-internals. */
const SHARED = new Set([
  'internal/assert',
  'internal/errors',
  'internal/events/abort_listener',
  'internal/events/symbols',
  'internal/options',
  'internal/util',
  'internal/util/debuglog',
  'internal/util/inspect',
  'internal/util/types',
  'internal/validators',
]);

/** Files of ours that take the place of Node's. @type {Record<string, string>} */
const REPLACED = {
  'internal/abort_controller': 'abort.js',
  'internal/async_hooks': 'nothing.js',
  'internal/blob': 'blob.js',
  'internal/buffer': 'buffers.js',
  'internal/crypto/keys': 'keys.js',
  'internal/encoding': 'encoding.js',
  'internal/errors/error_source': 'error-source.js',
  'internal/event_target': 'event-target.js',
  'internal/fs/glob': 'nothing.js',
  'internal/options': 'options.js',
  'internal/process/execution': 'nothing.js',
  'internal/process/task_queues': 'tasks.js',
  'internal/process/warning': 'nothing.js',
  'internal/repl/history': 'history.js',
  'internal/source_map/source_map_cache': 'nothing.js',
  'internal/timers': 'timers.js',
  'internal/tty': 'nothing.js',
  'internal/url': 'is-url.js',
  'internal/util/inspect': 'inspection.js',
  'internal/util/trace_sigint': 'nothing.js',
  'internal/v8/startup_snapshot': 'snapshot.js',
  'internal/webstreams/queuingstrategies': 'web-streams.js',
  'internal/webstreams/readablestream': 'web-streams.js',
  'internal/webstreams/writablestream': 'web-streams.js',
};

/** Library modules that are one of Node's internals. @type {Record<string, string>} */
const LIBRARY = {
  'internal/util/comparisons': 'node-comparisons',
  'internal/webstreams/adapters': 'stream-adapters',
};

/** Whose whole purpose is to show values: they have the formatter itself, the others ask for it when they need it. */
const SHOWS = new Set(['assert', 'util']);

/** Public modules that are part of another one's library module, since each needs the other. @type {Record<string, string[]>} */
const TOGETHER = {
  'http-internals': [
    'http',
    'https',
    '_http_agent',
    '_http_client',
    '_http_common',
    '_http_incoming',
    '_http_outgoing',
    '_http_server',
  ],
  readline: ['readline', 'readline/promises'],
  stream: ['stream', 'stream/promises'],
};

/** Files of ours that take the place of Node's in one library module alone. @type {Record<string, Record<string, string>>} */
const REPLACED_IN = {
  'http-internals': {
    _http_server: '../http/server.js',
    http_parser: '../http/parser.js',
    'internal/async_hooks': '../http/internals.js',
    'internal/deps/undici/undici': '../http/web.js',
    'internal/net': '../http/internals.js',
    'internal/options': '../http/internals.js',
    'internal/perf/observe': '../http/internals.js',
    'internal/stream_base_commons': '../http/internals.js',
    'internal/timers': '../http/internals.js',
    'internal/url': '../http/internals.js',
    stream_wrap: '../http/internals.js',
  },
  zlib: {
    'internal/async_hooks': '../zlib/hooks.js',
    'zlib-binding': '../zlib/binding.js',
    'zlib-constants': '../zlib/constants.js',
  },
};

/** What is changed in Node's files; each change fails when the text is not what it was. @type {Record<string, (text: string) => string>} */
const PATCHES = {
  _http_agent: withBinding('stream_wrap'),
  _http_common: withBinding('http_parser'),
  'internal/errors': withoutForeignErrors,
  zlib: withBoundedOutput,
};

/** Errors of what a guest does not have: their texts would lie in the image of every action that uses a stream. */
const FOREIGN_ERRORS =
  /^E\('ERR_(?:BUILT|CPU|CRYPTO|DLOPEN|DEBUGGER|DOMAIN|EVAL|EXECUTION|FEATURE|FFI|FS_|HEAP|HTTP2|IMPORT|INPUT|INSPECTOR|INTERNAL_MOD|IPC|LOAD_SQLITE|LOADER|MANIFEST|MODULE|NO_|NETWORK|NON_CONTEXT|NOT_BUILDING|NOT_IN|OPTIONS|PACKAGE|PROXY|QUIC|REQUIRE|SCRIPT|SINGLE|SOURCE|SRI|SYNTHETIC|TEST|TRACE|TRANSFORM|UNSUPPORTED|USE_AFTER|VM_|WASI|WEBASSEMBLY|WORKER)\w*'[^\n]*\n(?:(?:[ }][^\n]*)?\n(?!$|E\(|\/\/|hide)|(?:[ }][^\n]*)\n)*/gm;

/**
 * The esbuild plug-in for one library module.
 * @param {string} entry the module's name
 * @returns {import('esbuild').Plugin}
 */
export function nodeSources(entry) {
  const natives = /** @type {any} */ (process).binding('natives');
  return { name: 'node sources', setup };

  /** @param {import('esbuild').PluginBuild} building */
  function setup(building) {
    building.onResolve({ filter: /^node-lib:/ }, ({ path }) => {
      const name = path.slice(PREFIX.length);
      return isReplaced(name) ? ours(name) : { path: name, namespace: NAMESPACE };
    });
    building.onResolve({ filter: /.*/, namespace: NAMESPACE }, ({ path }) =>
      isReplaced(path) ? ours(path) : { path, namespace: NAMESPACE },
    );
    building.onLoad({ filter: /.*/, namespace: NAMESPACE }, ({ path }) => ({ contents: contents(path) }));
  }

  /** @param {string} path */
  function ours(path) {
    if (path === 'internal/url' && entry === 'node-url') return { path: join(OURS, 'urls.js') };
    return { path: join(OURS, REPLACED_IN[entry]?.[path] ?? REPLACED[path]) };
  }

  /** @param {string} path */
  function isReplaced(path) {
    if (REPLACED_IN[entry]?.[path]) return true;
    return path in REPLACED && (entry === 'node-internals' || !SHARED.has(path));
  }

  /** @param {string} path */
  function contents(path) {
    if (path === 'internal/util/inspect' && SHOWS.has(entry)) return `module.exports = runtime.module('inspect')`;
    if (LIBRARY[path] && LIBRARY[path] !== entry) return `module.exports = runtime.module('${LIBRARY[path]}')`;
    if (SHARED.has(path) && entry !== 'node-internals') {
      return `module.exports = runtime.module('node-internals').internals[${JSON.stringify(path)}]`;
    }
    const own = TOGETHER[entry] ?? [entry.replace('-', '/'), entry.replace('node-', '')];
    const isPublic = !path.startsWith('internal/');
    if (isPublic && !own.includes(path)) return `module.exports = runtime.require(${JSON.stringify(path)})`;
    const text = natives[path];
    if (text === undefined) throw new Error(`Node has no file ${path}: library/node/*.js has to stand for it`);
    return `${HEAD}${(PATCHES[path] ?? String)(text)}`;
  }
}

/** An error's class is made when it is first asked for: there are two hundred. */
const LAZY_ERRORS = `function E(name, ...definition) {
  const make = () => {
    delete codes[name];
    makeError(name, ...definition);
    return codes[name];
  };
  ObjectDefineProperty(codes, name, { __proto__: null, configurable: true, enumerable: true, get: make });
}`;

/** What Node's own loader gives to its files. */
const HEAD = `const { primordials, internalBinding, process } = runtime.module('node-bindings');`;

/** @param {string} text */
function withoutForeignErrors(text) {
  const [head, ...rest] = text.replace(FOREIGN_ERRORS, '').split('\nfunction E(');
  if (text.length - head.length < text.length * 0.2 || rest.length !== 1) {
    throw new Error('lib/internal/errors.js is not the version this build knows');
  }
  return `${head}\n${LAZY_ERRORS}\nfunction makeError(${rest[0]}`;
}

/** What a single call gives, unless it says otherwise: the most that a Buffer holds is more than a guest has. @param {string} text */
function withBoundedOutput(text) {
  for (const [from, to] of [
    ["internalBinding('zlib')", "require('zlib-binding')"],
    ["internalBinding('constants')", "require('zlib-constants')"],
    ['let maxOutputLength = kMaxLength;', 'let maxOutputLength = binding.MOST_OUTPUT_BYTES;'],
    ['1, kMaxLength, kMaxLength);', '1, kMaxLength, binding.MOST_OUTPUT_BYTES);'],
  ]) {
    if (text.split(from).length !== 2) throw new Error(`lib/zlib.js is not the version this build knows: ${from}`);
    text = text.replace(from, () => to);
  }
  return text;
}

/** A binding that one library module brings itself. @param {string} name @returns {(text: string) => string} */
function withBinding(name) {
  return (text) => {
    const request = `internalBinding('${name}')`;
    if (!text.includes(request)) throw new Error(`Node's file is not the version this build knows: ${request}`);
    return text.replace(request, `require('${name}')`);
  };
}
