// Node's `util.types`: each looks at what the engine knows of the value, never at names that a program can fake. The names
// are those the formatter takes.

const uncurryThis = Function.prototype.bind.bind(Function.prototype.call);
const toText = uncurryThis(Object.prototype.toString);
const startsWith = uncurryThis(String.prototype.startsWith);
const endsWith = uncurryThis(String.prototype.endsWith);
const { promiseState } = host;
const weakMapHas = uncurryThis(WeakMap.prototype.has);
const weakSetHas = uncurryThis(WeakSet.prototype.has);
const { prototype: regExpPrototype } = RegExp;
const WEAK_KEY = {};
const tagOfTypedArray = getter(Object.getPrototypeOf(Uint8Array.prototype), Symbol.toStringTag);

export const isMap = accepts(getter(Map.prototype, 'size'));
export const isSet = accepts(getter(Set.prototype, 'size'));
export const isDate = accepts(uncurryThis(Date.prototype.getTime));
export const isArrayBuffer = accepts(getter(ArrayBuffer.prototype, 'byteLength'));
export const isAnyArrayBuffer = isArrayBuffer;
export const isDataView = accepts(getter(DataView.prototype, 'buffer'));
export const isNumberObject = boxed(Number.prototype.valueOf);
export const isStringObject = boxed(String.prototype.valueOf);
export const isBooleanObject = boxed(Boolean.prototype.valueOf);
export const isBigIntObject = boxed(BigInt.prototype.valueOf);
export const isSymbolObject = boxed(Symbol.prototype.valueOf);
export const isWeakMap = accepts((value) => weakMapHas(value, WEAK_KEY));
export const isWeakSet = accepts((value) => weakSetHas(value, WEAK_KEY));
const regExpSource = accepts(getter(RegExp.prototype, 'source'));

/** @typedef {(value: unknown) => boolean} Test */

/** @type {Test} */
export const isRegExp = (value) => value !== regExpPrototype && regExpSource(value);
/** @type {Test} */
export const isTypedArray = (value) => tagOfTypedArray(value) !== undefined;
/** @type {Test} */
export const isNativeError = Error.isError;
/** @type {Test} */
export const isPromise = (value) =>
  typeof value === 'object' && value !== null && promiseState(/** @type {any} */ (value)) >= 0;
/** @type {Test} */
export const isBoxedPrimitive = (value) =>
  isNumberObject(value) ||
  isStringObject(value) ||
  isBooleanObject(value) ||
  isBigIntObject(value) ||
  isSymbolObject(value);
/** @type {Test} */
export const isAsyncFunction = (value) => typeof value === 'function' && startsWith(toText(value), '[object Async');
/** @type {Test} */
export const isGeneratorFunction = (value) =>
  typeof value === 'function' && endsWith(toText(value), 'GeneratorFunction]');
export const isArgumentsObject = hasText('[object Arguments]');
export const isMapIterator = hasText('[object Map Iterator]');
export const isSetIterator = hasText('[object Set Iterator]');
/** There are no module namespaces and no external values in this engine's guest. @type {Test} */
export const isModuleNamespaceObject = () => false;
export const isExternal = isModuleNamespaceObject;

/** @param {object} holder @param {PropertyKey} key @returns {(self: any) => any} */
function getter(holder, key) {
  return uncurryThis(/** @type {any} */ (Object.getOwnPropertyDescriptor(holder, key)).get);
}

/** @param {(value: any) => unknown} method one that throws for any other kind of object @returns {Test} */
function accepts(method) {
  return (value) => {
    if (typeof value !== 'object' || value === null) return false;
    try {
      method(value);
      return true;
    } catch {
      return false;
    }
  };
}

/** @param {() => unknown} valueOf @returns {Test} */
function boxed(valueOf) {
  return accepts(uncurryThis(valueOf));
}

/** @param {string} text @returns {Test} */
function hasText(text) {
  return (value) => typeof value === 'object' && value !== null && toText(value) === text;
}
