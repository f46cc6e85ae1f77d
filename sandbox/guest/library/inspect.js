// Node's `util.inspect` and `util.format`: Node's own code, from the package node-inspect-extracted. What that package
// emulates of Node's internals is replaced by inspect/*.js (build.mjs joins them), which ask the engine instead.
import util from 'node-inspect-extracted';
import * as types from './inspect/types.js';

export const { inspect, format, formatWithOptions, stripVTControlCharacters } = util;
export { types };

// The engine's DOMException has frames for a stack, without the line that Node's begins with.
Object.defineProperty(DOMException.prototype, inspect.custom, {
  configurable: true,
  writable: true,
  /** @this {DOMException & { stack?: string }} */
  value() {
    const stack = runtime.stackText(this, this.stack);
    const frames = typeof stack === 'string' ? stack.slice(`${this}`.length) : '';
    return `DOMException [${this.name}]: ${this.message}${frames}`;
  },
});
