// The globals of a run beyond the language. What is large is loaded at its first use: an accessor that becomes an ordinary
// writable property when it is read or set. tests/sandbox/test_guest_globals.py pins the complete list.
import { console } from './console.js';
import { Crypto, crypto } from './crypto.js';
import { library } from './library.js';
import { ObjectDefineProperty, ReflectDefineProperty } from './primordials.js';
import { TextEncoder } from './text-encoder.js';
import { timers } from './timers.js';

/** Lazy globals and the library module that exports each. */
const LAZY = {
  AbortController: 'abort',
  AbortSignal: 'abort',
  Blob: 'blob',
  Buffer: 'buffer',
  ByteLengthQueuingStrategy: 'web-streams',
  CloseEvent: 'event-kinds',
  CompressionStream: 'compression-streams',
  CountQueuingStrategy: 'web-streams',
  CryptoKey: 'webcrypto',
  CustomEvent: 'event-kinds',
  DecompressionStream: 'compression-streams',
  ErrorEvent: 'event-kinds',
  Event: 'event-target',
  EventTarget: 'event-target',
  fetch: 'fetch',
  File: 'blob',
  FormData: 'form-data',
  Headers: 'headers',
  Intl: 'intl',
  MessageChannel: 'message-channel',
  MessageEvent: 'event-kinds',
  MessagePort: 'message-channel',
  Navigator: 'navigator',
  navigator: 'navigator',
  Performance: 'performance',
  performance: 'performance',
  PerformanceEntry: 'performance',
  PerformanceMark: 'performance',
  PerformanceMeasure: 'performance',
  process: 'process-global',
  ProgressEvent: 'event-kinds',
  PromiseRejectionEvent: 'event-kinds',
  ReadableByteStreamController: 'web-streams',
  ReadableStream: 'web-streams',
  ReadableStreamBYOBReader: 'web-streams',
  ReadableStreamBYOBRequest: 'web-streams',
  ReadableStreamDefaultController: 'web-streams',
  ReadableStreamDefaultReader: 'web-streams',
  reportError: 'event-target',
  Request: 'request',
  Response: 'response',
  structuredClone: 'structured-clone',
  SubtleCrypto: 'webcrypto',
  TextDecoder: 'text-decoder',
  TextDecoderStream: 'text-streams',
  TextEncoderStream: 'text-streams',
  TransformStream: 'web-streams',
  TransformStreamDefaultController: 'web-streams',
  URL: 'url',
  URLSearchParams: 'url',
  WebSocket: 'websocket',
  WritableStream: 'web-streams',
  WritableStreamDefaultController: 'web-streams',
  WritableStreamDefaultWriter: 'web-streams',
};

/** Engine globals that a guest must not have: shared memory, and a clock that the host does not drive. */
const ABSENT = ['Atomics', 'SharedArrayBuffer', 'navigator', 'performance'];

export const lazy = Object.keys(LAZY);

export function install() {
  for (const name of ABSENT) delete (/** @type {any} */ (globalThis)[name]);
  define('global', globalThis);
  define('console', console);
  for (const Interface of [Crypto, TextEncoder]) show(Interface);
  define('Crypto', Crypto);
  define('crypto', crypto);
  define('TextEncoder', TextEncoder);
  for (const [name, timer] of Object.entries(timers)) define(name, timer);
  for (const [name, module] of Object.entries(LAZY)) defineLazy(name, module);
}

/** What WebIDL asks of an interface: its name as a tag, and members that can be seen. @param {Function} Interface */
function show({ name, prototype }) {
  const seen = { __proto__: null, enumerable: true };
  for (const key of Object.getOwnPropertyNames(prototype)) {
    if (key !== 'constructor') ObjectDefineProperty(prototype, key, seen);
  }
  ObjectDefineProperty(prototype, Symbol.toStringTag, { __proto__: null, value: name, configurable: true });
}

/** @param {string} name @param {unknown} value */
function define(name, value) {
  return ReflectDefineProperty(globalThis, name, {
    __proto__: null,
    value,
    configurable: true,
    enumerable: false,
    writable: true,
  });
}

/** @param {string} name @param {string} module */
function defineLazy(name, module) {
  ObjectDefineProperty(globalThis, name, {
    __proto__: null,
    configurable: true,
    enumerable: false,
    get() {
      const value = library(module)[name];
      define(name, value);
      return value;
    },
    set(value) {
      define(name, value);
    },
  });
}
