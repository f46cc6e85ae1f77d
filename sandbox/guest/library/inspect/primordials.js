// Node's primordials by name, made when first asked for: the formatter uses about 150 of some 2,000.

/** @type {any} */
const scope = globalThis;
const { bind, call } = Function.prototype;
const uncurryThis = bind.bind(call);
const TypedArray = Object.getPrototypeOf(Uint8Array);

/** @type {Record<string, unknown>} */
const made = {
  __proto__: null,
  globalThis,
  uncurryThis,
  internalBinding: () => ({ hasIntl: false }),
  SafeMap: Map,
  SafeSet: Set,
  SafeWeakMap: WeakMap,
  SafeStringIterator: class {
    /** @type {Iterator<string>} */
    #characters;

    /** @param {string} text */
    constructor(text) {
      this.#characters = text[Symbol.iterator]();
    }

    next() {
      return this.#characters.next();
    }

    [Symbol.iterator]() {
      return this;
    }
  },
};

/** @type {any} */
export const primordials = new Proxy(made, {
  get: (_, name) => (name in made ? made[String(name)] : (made[String(name)] = make(String(name)))),
});

/**
 * @param {string} name such as ArrayPrototypeJoin, SetPrototypeGetSize, ReflectApply or Promise
 * @returns {unknown} undefined for what this engine does not have
 */
function make(name) {
  if (name !== 'URL' && name in scope) return scope[name];
  if (name === 'TypedArray') return TypedArray;
  const [holderName, member] = split(name);
  const holder = holderName === 'TypedArray' ? TypedArray : scope[holderName];
  if (!member.startsWith('Prototype')) return find(holder, member)?.value;
  const method = member.slice('Prototype'.length);
  if (!method) return holder.prototype;
  if (method === 'PushApply')
    return (/** @type {unknown[]} */ list, /** @type {unknown[]} */ more) => list.push(...more);
  const value = find(holder.prototype, method)?.value;
  const getter = find(holder.prototype, method.slice('Get'.length))?.get;
  return typeof value === 'function' ? uncurryThis(value) : getter && uncurryThis(getter);
}

/** @param {string} name @returns {[string, string]} the global it begins with (the longest there is) and the rest */
function split(name) {
  if (name.startsWith('TypedArray')) return ['TypedArray', name.slice('TypedArray'.length)];
  for (let length = name.length - 1; length > 0; length--) {
    const holder = name.slice(0, length);
    if (holder !== 'URL' && holder in scope) return [holder, name.slice(length)];
  }
  return ['Object', ''];
}

/** @param {object} holder @param {string} member its key with an upper-case first letter, or Symbol and a symbol's name */
function find(holder, member) {
  /** @param {string} text */
  const lower = (text) => text.charAt(0).toLowerCase() + text.slice(1);
  const symbol = member.startsWith('Symbol') && /** @type {any} */ (Symbol)[lower(member.slice('Symbol'.length))];
  return Object.getOwnPropertyDescriptor(holder, symbol || lower(member));
}
