// The built-ins as they were before tenant code ran. Tenant code shares this realm and may replace anything it can reach,
// so whatever runs after it uses these and nothing else:
// - no method calls on arrays, strings, maps or promises (they are looked up on prototypes);
// - no spread, array destructuring or for-of (they look up Symbol.iterator), no regular expressions (they look up `exec`);
// - descriptors and option objects have `__proto__: null` (else Object.prototype.get would be read);
// - no push into an array (a setter on Array.prototype[0] would run).
// Names follow Node's internal primordials; the first argument of a method is its `this`.
const { bind, call } = Function.prototype;

/** @type {(method: Function) => (self: any, ...args: any[]) => any} */
export const uncurryThis = bind.bind(call);

/** @type {(holder: object, key: PropertyKey) => (self: any) => any} */
export function uncurryGetter(holder, key) {
  return uncurryThis(/** @type {any} */ (Object.getOwnPropertyDescriptor(holder, key)).get);
}

export const {
  apply: ReflectApply,
  get: ReflectGet,
  ownKeys: ReflectOwnKeys,
  defineProperty: ReflectDefineProperty,
} = Reflect;
export const {
  create: ObjectCreate,
  defineProperty: ObjectDefineProperty,
  freeze: ObjectFreeze,
  getOwnPropertyDescriptor: ObjectGetOwnPropertyDescriptor,
  getPrototypeOf: ObjectGetPrototypeOf,
  hasOwn: ObjectHasOwn,
  is: ObjectIs,
  keys: ObjectKeys,
} = Object;

export const { isArray: ArrayIsArray } = Array;
export const ArrayPrototypeIncludes = uncurryThis(Array.prototype.includes);
export const ArrayPrototypeIndexOf = uncurryThis(Array.prototype.indexOf);
export const ArrayPrototypeJoin = uncurryThis(Array.prototype.join);

const string = String.prototype;
export const StringPrototypeCharCodeAt = uncurryThis(string.charCodeAt);
export const StringPrototypeEndsWith = uncurryThis(string.endsWith);
export const StringPrototypeIncludes = uncurryThis(string.includes);
export const StringPrototypeIndexOf = uncurryThis(string.indexOf);
export const StringPrototypePadStart = uncurryThis(string.padStart);
export const StringPrototypeRepeat = uncurryThis(string.repeat);
export const StringPrototypeReplaceAll = uncurryThis(string.replaceAll);
export const StringPrototypeSlice = uncurryThis(string.slice);
export const StringPrototypeStartsWith = uncurryThis(string.startsWith);
export const StringPrototypeToLowerCase = uncurryThis(string.toLowerCase);
export const StringPrototypeToUpperCase = uncurryThis(string.toUpperCase);
export const StringPrototypeTrim = uncurryThis(string.trim);

export const { isFinite: NumberIsFinite, isInteger: NumberIsInteger, isSafeInteger: NumberIsSafeInteger } = Number;
export const NumberPrototypeToFixed = uncurryThis(Number.prototype.toFixed);
export const NumberPrototypeToString = uncurryThis(Number.prototype.toString);
export const { floor: MathFloor, max: MathMax, min: MathMin, trunc: MathTrunc } = Math;
export const { parse: JSONParse, stringify: JSONStringify } = JSON;
export const { now: DateNow } = Date;

const map = Map.prototype;
export const MapPrototypeClear = uncurryThis(map.clear);
export const MapPrototypeDelete = uncurryThis(map.delete);
export const MapPrototypeForEach = uncurryThis(map.forEach);
export const MapPrototypeGet = uncurryThis(map.get);
export const MapPrototypeGetSize = uncurryGetter(map, 'size');
export const MapPrototypeHas = uncurryThis(map.has);
export const MapPrototypeSet = uncurryThis(map.set);
export const WeakMapPrototypeGet = uncurryThis(WeakMap.prototype.get);
export const WeakMapPrototypeHas = uncurryThis(WeakMap.prototype.has);
export const WeakMapPrototypeSet = uncurryThis(WeakMap.prototype.set);

const typedArray = ObjectGetPrototypeOf(Uint8Array.prototype);
export const TypedArrayPrototypeGetBuffer = uncurryGetter(typedArray, 'buffer');
export const TypedArrayPrototypeGetByteLength = uncurryGetter(typedArray, 'byteLength');
export const TypedArrayPrototypeGetByteOffset = uncurryGetter(typedArray, 'byteOffset');
export const TypedArrayPrototypeGetName = uncurryGetter(typedArray, Symbol.toStringTag);
export const TypedArrayPrototypeSet = uncurryThis(typedArray.set);

export const ErrorIsError = Error.isError;
export const ErrorPrototypeToString = uncurryThis(Error.prototype.toString);
export const SymbolPrototypeToString = uncurryThis(Symbol.prototype.toString);

const {
  DOMException,
  Error: SafeError,
  Map: SafeMap,
  Number: SafeNumber,
  Promise: SafePromise,
  RangeError,
  String: SafeString,
  TypeError,
  Uint8Array: SafeUint8Array,
  WeakMap: SafeWeakMap,
} = globalThis;
export {
  DOMException,
  RangeError,
  SafeError as Error,
  SafeMap as Map,
  SafeNumber as Number,
  SafePromise as Promise,
  SafeString as String,
  SafeUint8Array as Uint8Array,
  SafeWeakMap as WeakMap,
  TypeError,
};
