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
  StringPrototypeEndsWith,
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
