// https://webidl.spec.whatwg.org/#es-iterable: interfaces whose pairs can be gone through, also while they change.
const IteratorPrototype = Object.getPrototypeOf(Object.getPrototypeOf([][Symbol.iterator]()));

/**
 * Gives an interface `keys`, `values`, `entries`, `forEach` and its iterator.
 * @param {any} Interface
 * @param {string} name
 * @param {(self: any) => readonly (readonly [string, unknown])[]} pairsOf what it holds now; throws for another object
 */
export function makeIterable(Interface, name, pairsOf) {
  /** @type {WeakMap<object, { self: unknown, pick: (pair: any) => unknown, at: number }>} */
  const states = new WeakMap();
  const prototype = Object.create(IteratorPrototype, {
    next: {
      configurable: true,
      enumerable: true,
      writable: true,
      value: function next() {
        const state = states.get(/** @type {any} */ (this));
        if (!state) throw new TypeError(`'next' called on an object that does not implement ${name} Iterator`);
        const pairs = pairsOf(state.self);
        if (state.at >= pairs.length) return { value: undefined, done: true };
        return { value: state.pick(pairs[state.at++]), done: false };
      },
    },
    [Symbol.toStringTag]: { configurable: true, value: `${name} Iterator` },
  });

  /** @param {(pair: any) => unknown} pick */
  const method = (pick) =>
    /** @this {unknown} */
    function () {
      pairsOf(this);
      const iterator = Object.create(prototype);
      states.set(iterator, { self: this, pick, at: 0 });
      return iterator;
    };
  const entries = method(([key, value]) => [key, value]);
  const members = {
    keys: method(([key]) => key),
    values: method(([, value]) => value),
    entries,
    /** @this {unknown} @param {(value: unknown, key: string, self: unknown) => void} callback @param {unknown} [thisArgument] */
    forEach(callback, thisArgument) {
      pairsOf(this);
      if (typeof callback !== 'function')
        throw new TypeError(`Failed to execute 'forEach' on '${name}': parameter 1 is not of type 'Function'.`);
      for (let at = 0; at < pairsOf(this).length; at++) {
        const [key, value] = pairsOf(this)[at];
        callback.call(thisArgument, value, key, this);
      }
    },
  };
  for (const [key, value] of Object.entries(members)) {
    Object.defineProperty(value, 'name', { value: key, configurable: true });
    Object.defineProperty(Interface.prototype, key, { value, configurable: true, enumerable: true, writable: true });
  }
  Object.defineProperty(Interface.prototype, Symbol.iterator, { value: entries, configurable: true, writable: true });
}
