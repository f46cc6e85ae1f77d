// A stream that is only made when somebody uses it as one, as Node's own hashes and ciphers are (its internal/streams/
// lazy_transform): most never are. Here not even the module `stream` is loaded before: it would be three quarters of what
// an action that wants a digest costs. What a stream has stands on the prototype as accessors that bring the real one.

const STATE = ['_readableState', '_writableState', '_events', '_eventsCount', '_maxListeners'];
/** What code calls, reads or sets of a Transform first. */
const MEMBERS = [
  ...'_destroy _final _read _undestroy _write _writev addListener closed compose cork destroy destroyed emit end'.split(
    ' ',
  ),
  ...'errored eventNames every filter find flatMap forEach getMaxListeners isPaused iterator listenerCount'.split(' '),
  ...'listeners map off on once pause pipe prependListener prependOnceListener push rawListeners read readable'.split(
    ' ',
  ),
  ...'readableEnded readableFlowing readableLength removeAllListeners removeListener resume setDefaultEncoding'.split(
    ' ',
  ),
  ...'setEncoding setMaxListeners some toArray uncork unpipe unshift wrap writable writableEnded writableFinished'.split(
    ' ',
  ),
  ...'writableLength writableNeedDrain write'.split(' '),
  Symbol.asyncIterator,
];

/**
 * A base class for a stream of that kind.
 * @param {'Transform' | 'Writable'} kind
 * @returns {any} a constructor, for `class` and for functions that call it
 */
export function lazyStream(kind) {
  /** @this {any} @param {object} [options] */
  function LazyStream(options) {
    this._options = options;
  }
  const { prototype } = LazyStream;
  const state = kind === 'Writable' ? STATE.slice(1) : STATE;
  /** @type {any} */
  let Base;

  /** Puts the real prototype behind this one. */
  function link() {
    if (Base) return;
    Base = runtime.require('stream')[kind];
    for (const name of MEMBERS) delete (/** @type {any} */ (prototype)[name]);
    Object.setPrototypeOf(prototype, Base.prototype);
  }

  /** @param {any} self */
  function begin(self) {
    link();
    // Assigned through the setters below, which leave ordinary properties.
    for (const name of state) self[name] = undefined;
    Base.call(self, self._options);
    self._writableState.decodeStrings = false;
  }

  for (const name of MEMBERS) {
    accessor(prototype, name, link, (self, value) => {
      link();
      self[name] = value;
    });
  }
  for (const name of state) {
    accessor(prototype, name, begin, (self, value) =>
      Object.defineProperty(self, name, { value, configurable: true, enumerable: true, writable: true }),
    );
  }
  return LazyStream;
}

/**
 * @param {object} prototype @param {string | symbol} name
 * @param {(self: any) => void} before what is done before the property is read once more
 * @param {(self: any, value: any) => void} set
 */
function accessor(prototype, name, before, set) {
  Object.defineProperty(prototype, name, {
    configurable: true,
    get() {
      before(this);
      return this[name];
    },
    set(value) {
      set(this, value);
    },
  });
}
