// What a Node module is whose things a guest does not have: it loads, since packages require it for cases that never come,
// and says what is missing and why when it is used.

/** Node's own code for a function that a platform does not have. */
const CODE = 'ERR_FEATURE_UNAVAILABLE_ON_PLATFORM';

/** @param {string} module @param {string} name @param {string} reason */
export function refusal(module, name, reason) {
  return Object.assign(new Error(`${module}.${name} is not available in this runtime: ${reason}`), { code: CODE });
}

/** @param {string} module @param {string} name @param {string} reason @returns {(...args: any[]) => never} */
export function refusedFunction(module, name, reason) {
  const refuse = () => {
    throw refusal(module, name, reason);
  };
  return Object.defineProperty(refuse, 'name', { value: name, configurable: true });
}

/** One that can be extended. @param {string} module @param {string} name @param {string} reason @returns {any} */
export function refusedClass(module, name, reason) {
  const Refused = class {
    constructor() {
      throw refusal(module, name, reason);
    }
  };
  return Object.defineProperty(Refused, 'name', { value: name, configurable: true });
}

/**
 * @param {string} module @param {string} reason
 * @param {string} functions names, and classes by their capital letters, separated by spaces
 * @returns {Record<string, any>}
 */
export function refused(module, reason, functions) {
  /** @type {Record<string, any>} */
  const exported = {};
  for (const name of functions.split(' ')) {
    exported[name] = (/^[A-Z]/.test(name) ? refusedClass : refusedFunction)(module, name, reason);
  }
  return exported;
}
