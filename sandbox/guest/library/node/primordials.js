// Node's `primordials` for Node's own files: names like ArrayPrototypePush, made when a file first asks for one. Node makes
// all two thousand of them when it starts; here they would lie in every image.

const bind = Function.prototype.bind;
/** @type {(method: any) => any} */
const uncurryThis = bind.bind(Function.prototype.call);
/** @type {(method: any) => any} */
const applyBind = bind.bind(Function.prototype.apply);

const TypedArray = Object.getPrototypeOf(Uint8Array);
const AsyncIteratorPrototype = Object.getPrototypeOf(
  Object.getPrototypeOf(Object.getPrototypeOf((async function* () {})())),
);

/** Longest first: ArrayBufferIsView is not Array's. */
const HOLDERS = [...Object.getOwnPropertyNames(globalThis).filter((name) => /^[A-Z]/.test(name)), 'TypedArray']
  .filter((name) => name !== 'Infinity' && name !== 'NaN')
  .sort((a, b) => b.length - a.length);

/** @type {Record<string, any>} */
const SPECIAL = {
  __proto__: null,
  AsyncIteratorPrototype,
  IteratorPrototype: /** @type {any} */ (globalThis).Iterator.prototype,
  SafeArrayIterator: iterate,
  SafeFinalizationRegistry: FinalizationRegistry,
  SafeMap: Map,
  SafePromiseAll: (/** @type {any} */ all, /** @type {any} */ map) => Promise.all(mapped(all, map)),
  SafePromiseAllReturnArrayLike: (/** @type {any} */ all, /** @type {any} */ map) => Promise.all(mapped(all, map)),
  SafePromiseAllReturnVoid: (/** @type {any} */ all, /** @type {any} */ map) =>
    Promise.all(mapped(all, map)).then(() => undefined),
  SafePromiseAllSettled: (/** @type {any} */ all, /** @type {any} */ map) => Promise.allSettled(mapped(all, map)),
  SafePromiseAny: (/** @type {any} */ all, /** @type {any} */ map) => Promise.any(mapped(all, map)),
  SafePromisePrototypeFinally: (/** @type {any} */ promise, /** @type {any} */ then) => promise.finally(then),
  SafePromiseRace: (/** @type {any} */ all, /** @type {any} */ map) => Promise.race(mapped(all, map)),
  SafeSet: Set,
  SafeStringIterator: iterate,
  SafeStringPrototypeSearch: (/** @type {string} */ text, /** @type {RegExp} */ pattern) => text.search(pattern),
  SafeWeakMap: WeakMap,
  SafeWeakRef: WeakRef,
  SafeWeakSet: WeakSet,
  TypedArray,
  TypedArrayPrototype: TypedArray.prototype,
  applyBind,
  globalThis,
  hardenRegExp: (/** @type {RegExp} */ pattern) => pattern,
  queueMicrotask,
  uncurryThis,
};

export const primordials = new Proxy(SPECIAL, {
  get(known, /** @type {string} */ name) {
    if (name in known) return known[name];
    return (known[name] = resolve(name));
  },
});

/** @param {string} name */
function resolve(name) {
  if (name in globalThis) return /** @type {any} */ (globalThis)[name];
  const holder = HOLDERS.find((one) => name.startsWith(one));
  if (!holder) return undefined;
  const object = holder === 'TypedArray' ? TypedArray : /** @type {any} */ (globalThis)[holder];
  const rest = name.slice(holder.length);
  if (rest === 'Prototype') return object.prototype;
  if (!rest.startsWith('Prototype')) return property(object, rest);
  return prototypeProperty(object.prototype, rest.slice('Prototype'.length));
}

/** @param {any} object @param {string} name */
function property(object, name) {
  const key = find(object, name);
  if (key === undefined) return name.endsWith('Apply') ? applied(object, name) : undefined;
  const value = object[key];
  // Promise.resolve and its kind look at `this`.
  return object === Promise && typeof value === 'function' ? value.bind(object) : value;
}

/** @param {any} object @param {string} name */
function applied(object, name) {
  const key = find(object, name.slice(0, -'Apply'.length));
  return key === undefined ? undefined : (/** @type {any} */ args) => Reflect.apply(object[key], object, args);
}

/** @param {any} prototype @param {string} name */
function prototypeProperty(prototype, name) {
  for (const [prefix, accessor] of /** @type {['Get' | 'Set', 'get' | 'set'][]} */ ([
    ['Get', 'get'],
    ['Set', 'set'],
  ])) {
    const key = name.startsWith(prefix) ? find(prototype, name.slice(prefix.length)) : undefined;
    const method = key !== undefined && Object.getOwnPropertyDescriptor(prototype, key)?.[accessor];
    if (method) return uncurryThis(method);
  }
  const key = find(prototype, name);
  if (key !== undefined) {
    const { value } = /** @type {PropertyDescriptor} */ (Object.getOwnPropertyDescriptor(prototype, key));
    return typeof value === 'function' ? uncurryThis(value) : value;
  }
  const base = name.endsWith('Apply') ? find(prototype, name.slice(0, -'Apply'.length)) : undefined;
  return base === undefined ? undefined : applyBind(prototype[base]);
}

/**
 * The own key that Node's name is made of: `push` of Push, `MAX_SAFE_INTEGER` of itself, Symbol.iterator of SymbolIterator.
 * @param {object} object @param {string} name @returns {PropertyKey | undefined}
 */
function find(object, name) {
  if (name === '') return undefined;
  const lower = name[0].toLowerCase() + name.slice(1);
  if (name.startsWith('Symbol')) {
    const symbol = name[6]?.toLowerCase() + name.slice(7);
    const key = /** @type {any} */ (Symbol)[symbol];
    if (typeof key === 'symbol' && Object.hasOwn(object, key)) return key;
  }
  return [lower, name].find((key) => Object.hasOwn(object, key));
}

/** @param {any} iterable */
function iterate(iterable) {
  return iterable[Symbol.iterator]();
}

/** @param {any[]} all @param {any} map */
function mapped(all, map) {
  return map ? Array.from(all, map) : all;
}
