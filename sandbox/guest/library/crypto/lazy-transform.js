// A Transform whose stream is only made when somebody uses it as one: most hashes and ciphers never are. After Node's
// internal/streams/lazy_transform.
import { Transform } from 'node:stream';

const STATE = ['_readableState', '_writableState', '_events', '_eventsCount', '_maxListeners'];

/** @this {any} @param {object} [options] */
export function LazyTransform(options) {
  this._options = options;
}
Object.setPrototypeOf(LazyTransform.prototype, Transform.prototype);
Object.setPrototypeOf(LazyTransform, Transform);

for (const name of STATE) {
  Object.defineProperty(LazyTransform.prototype, name, {
    configurable: true,
    enumerable: true,
    get() {
      begin(this);
      return this[name];
    },
    set(value) {
      Object.defineProperty(this, name, { value, configurable: true, enumerable: true, writable: true });
    },
  });
}

/** @param {any} self */
function begin(self) {
  // Assigned through the setters above, which leave ordinary properties.
  for (const name of STATE) self[name] = undefined;
  Transform.call(self, self._options);
  self._writableState.decodeStrings = false;
}
