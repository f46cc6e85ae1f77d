// The built-ins as they were before tenant code ran; see sandbox/guest/runtime/primordials.js for the rules of their use.
export const {
  ArrayIsArray,
  DateNow,
  Error,
  JSONParse,
  JSONStringify,
  MathFloor,
  NumberIsFinite,
  NumberIsInteger,
  NumberIsSafeInteger,
  ObjectCreate,
  ObjectDefineProperty,
  ObjectFreeze,
  ObjectHasOwn,
  ObjectKeys,
  Promise,
  StringPrototypeCharCodeAt,
  StringPrototypeIndexOf,
  StringPrototypeSlice,
  StringPrototypeStartsWith,
  StringPrototypeToLowerCase,
  StringPrototypeTrim,
  TypedArrayPrototypeGetByteLength,
  TypeError,
  uncurryThis,
} = runtime.primordials;

export const { setPrototypeOf: ObjectSetPrototypeOf } = Object;
// The engine makes `${a}b` a call of String.prototype.concat, looked up each time: whoever replaced that would write our
// output for us.
Object.defineProperty(String.prototype, 'concat', { writable: false, configurable: false });

const SafeProxy = Proxy;
export { SafeProxy as Proxy };
export const StringPrototypeIsWellFormed = uncurryThis(String.prototype.isWellFormed);

/**
 * An own property, whatever tenant code put on Object.prototype.
 * @param {any} object
 * @param {string} key
 * @returns {any}
 */
export function own(object, key) {
  return typeof object === 'object' && object !== null && ObjectHasOwn(object, key) ? object[key] : undefined;
}

/** @param {string} text @returns {number} */
export function utf8Length(text) {
  return TypedArrayPrototypeGetByteLength(host.utf8Encode(text));
}
