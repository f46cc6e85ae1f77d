// https://nodejs.org/api/async_context.html: values that follow promises, timers, host operations and process.nextTick. The
// engine keeps one value for the code that runs (runtime.context): here it is a map from storage to store, never changed.
// https://nodejs.org/api/async_hooks.html beyond that asks for hooks that no engine but V8 has: they are never called.

const { context } = runtime;

/** @typedef {ReadonlyMap<AsyncLocalStorage, unknown>} Frame */

/** @type {Frame} */
const NONE = new Map();

let lastId = 1;

export class AsyncLocalStorage {
  #name;
  /** @type {unknown} */
  #missing;

  /** @param {{ defaultValue?: unknown, name?: string }} [options] */
  constructor({ defaultValue, name = '' } = {}) {
    this.#missing = defaultValue;
    this.#name = `${name}`;
  }

  get name() {
    return this.#name;
  }

  /** @param {Function} callback @returns {Function} one that runs in the context of now */
  static bind(callback) {
    return AsyncResource.bind(callback);
  }

  /** @returns {(callback: Function, ...args: unknown[]) => unknown} runs a function in the context of now */
  static snapshot() {
    const frame = context.get();
    return (callback, ...args) => within(frame, callback, undefined, args);
  }

  getStore() {
    const frame = current();
    return frame.has(this) ? frame.get(this) : this.#missing;
  }

  /** @param {unknown} store @param {Function} callback @param {unknown[]} args */
  run(store, callback, ...args) {
    return within(new Map([...current(), [this, store]]), callback, undefined, args);
  }

  /** @param {Function} callback @param {unknown[]} args */
  exit(callback, ...args) {
    return this.run(undefined, callback, ...args);
  }

  /** @param {unknown} store */
  enterWith(store) {
    context.set(new Map([...current(), [this, store]]));
  }

  disable() {
    const frame = new Map(current());
    frame.delete(this);
    context.set(frame);
  }
}

export class AsyncResource {
  #frame = context.get();
  #id = ++lastId;
  #type;

  /** @param {string} type @param {unknown} [_options] */
  constructor(type, _options) {
    if (typeof type !== 'string') throw runtime.invalidArgument('type', 'of type string', type);
    this.#type = type;
  }

  /** @param {Function} callback @param {string} [type] @param {unknown} [self] */
  static bind(callback, type, self) {
    return new AsyncResource(type || callback.name || 'bound-anonymous-fn').bind(callback, self);
  }

  /** @param {Function} callback @param {unknown} [self] */
  bind(callback, self) {
    if (typeof callback !== 'function') throw runtime.invalidArgument('fn', 'of type function', callback);
    const resource = this;
    const bound = /** @this {unknown} @param {unknown[]} args */ function (...args) {
      return resource.runInAsyncScope(callback, self === undefined ? this : self, ...args);
    };
    return Object.defineProperty(bound, 'length', { value: callback.length, configurable: true });
  }

  /** @param {Function} callback @param {unknown} [self] @param {unknown[]} args */
  runInAsyncScope(callback, self, ...args) {
    return within(this.#frame, callback, self, args);
  }

  emitDestroy() {
    return this;
  }

  asyncId() {
    return this.#id;
  }

  triggerAsyncId() {
    return 1;
  }

  get type() {
    return this.#type;
  }
}

/** @param {object} callbacks */
export function createHook(callbacks) {
  if (typeof callbacks !== 'object' || callbacks === null) {
    throw runtime.invalidArgument('callbacks', 'of type object', callbacks);
  }
  const hook = { enable: () => hook, disable: () => hook };
  return hook;
}

const top = {};
export const executionAsyncId = () => 1;
export const triggerAsyncId = () => 0;
export const executionAsyncResource = () => top;
export const asyncWrapProviders = Object.freeze({ __proto__: null, NONE: 0 });

/** @returns {Frame} */
function current() {
  return /** @type {Frame | undefined} */ (context.get()) ?? NONE;
}

/** @param {unknown} frame @param {Function} callback @param {unknown} self @param {unknown[]} args */
function within(frame, callback, self, args) {
  const before = context.set(frame);
  try {
    return Reflect.apply(callback, self, args);
  } finally {
    context.set(before);
  }
}
