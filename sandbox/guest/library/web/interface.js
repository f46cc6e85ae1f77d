// What https://webidl.spec.whatwg.org/ asks of every interface, and how Node shows one on the console.

const custom = Symbol.for('nodejs.util.inspect.custom');
const NO_MEMBERS = ['prototype', 'length', 'name'];

/**
 * Makes a class an interface: its members are enumerable, and it has its name as a tag.
 * @param {any} Interface
 * @param {string} name said here, because the bundler renames a class that speaks of itself
 * @param {string[]} [shown] members that `inspect` prints
 */
export function expose(Interface, name, shown) {
  for (const key of Object.getOwnPropertyNames(Interface.prototype)) {
    if (key !== 'constructor') Object.defineProperty(Interface.prototype, key, { enumerable: true });
  }
  for (const key of Object.getOwnPropertyNames(Interface)) {
    if (!NO_MEMBERS.includes(key)) Object.defineProperty(Interface, key, { enumerable: true });
  }
  Object.defineProperty(Interface, 'name', { value: name, configurable: true });
  Object.defineProperty(Interface.prototype, Symbol.toStringTag, { value: name, configurable: true });
  if (shown) showAs(Interface, (self) => Object.fromEntries(shown.map((member) => [member, self[member]])));
}

/**
 * @param {any} Interface
 * @param {(self: any) => unknown} picture what `inspect` prints behind the name
 */
export function showAs(Interface, picture) {
  Object.defineProperty(Interface.prototype, custom, {
    configurable: true,
    writable: true,
    /** @this {any} @param {number} depth @param {any} options @param {(value: unknown, options: object) => string} inspect */
    value(depth, options, inspect) {
      const name = this.constructor?.name ?? Interface.name;
      if (this === Interface.prototype || depth < 0) return `[${name}]`;
      const less = typeof options.depth === 'number' ? options.depth - 1 : options.depth;
      return `${name} ${inspect(picture(this), { ...options, depth: less })}`;
    },
  });
}

/**
 * Constants of an interface, on the class and its prototype.
 * @param {any} Interface
 * @param {Record<string, number>} constants
 */
export function constants(Interface, constants) {
  for (const [key, value] of Object.entries(constants)) {
    for (const holder of [Interface, Interface.prototype]) {
      Object.defineProperty(holder, key, { value, enumerable: true });
    }
  }
}
