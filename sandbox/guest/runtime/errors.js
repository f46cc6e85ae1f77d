// What an error is to the host: four bounded strings. A code is given by trusted code only, through codedError: it is
// remembered beside the error, so a property named `code` on a tenant's error is not one.
import { library } from './library.js';
import {
  Error,
  ErrorIsError,
  ErrorPrototypeToString,
  JSONStringify,
  ObjectDefineProperty,
  ObjectGetOwnPropertyDescriptor,
  ObjectHasOwn,
  ReflectApply,
  ReflectDefineProperty,
  ReflectGet,
  StringPrototypeEndsWith,
  StringPrototypeIncludes,
  StringPrototypeIndexOf,
  StringPrototypeSlice,
  StringPrototypeStartsWith,
  SymbolPrototypeToString,
  WeakMap,
  WeakMapPrototypeGet,
  WeakMapPrototypeSet,
  uncurryGetter,
} from './primordials.js';

const NAME_LENGTH = 256;
const MESSAGE_LENGTH = 8192;
const STACK_LENGTH = 16384;
/** More than Node's ten: our own frames are among them. The engine notes at most 64. */
const FRAMES = 32;
const OUR_FILES = 'interlock:';

/** @type {WeakMap<object, { code: string, name: string, message: string }>} */
const coded = new WeakMap();
const { proxyDetails } = host;

/**
 * An error whose code the host will report.
 * @param {ErrorConstructor} Base
 * @param {string} code
 * @param {string} message
 * @param {string} [name] the constructor's name, by which it is reported whatever happens to the object
 * @returns {Error}
 */
export function codedError(Base, code, message, name = 'Error') {
  const error = new Base(message);
  WeakMapPrototypeSet(coded, error, { __proto__: null, code, name, message });
  return error;
}

/**
 * JSON text of {name, message, stack, code} for anything that can be thrown. Getters of the thrown object may run (a
 * library's `get message()` is worth reading), each once and under the run's limits; what they return counts only if
 * it is a string. A proxy's traps do not run.
 * @param {unknown} thrown
 * @returns {string}
 */
export function describe(thrown) {
  let name = 'Error';
  let message = '';
  let stack = '';
  let code = null;
  try {
    if (isObject(thrown) && !proxyDetails(thrown)) {
      const known = WeakMapPrototypeGet(coded, thrown);
      name = known?.name ?? read(thrown, 'name') ?? name;
      message = known?.message ?? read(thrown, 'message') ?? notAnError(thrown);
      const frames = read(thrown, 'stack') ?? '';
      stack = /** @type {string} */ (stackText(thrown, frames));
      code = known?.code ?? null;
    } else {
      message = notAnError(thrown);
    }
  } catch {
    // Out of stack: what was read so far is reported.
  }
  stack ||= message ? `${name}: ${message}` : name;
  return `{"name":${bounded(name, NAME_LENGTH)},"message":${bounded(message, MESSAGE_LENGTH)},"stack":${bounded(stack, STACK_LENGTH)},"code":${JSONStringify(code)}}`;
}

/**
 * The frames of a native stack without our own files and without the native frames that only they called.
 * @param {string} frames
 */
export function authorFrames(frames) {
  if (!StringPrototypeIncludes(frames, OUR_FILES))
    return StringPrototypeEndsWith(frames, '\n') ? StringPrototypeSlice(frames, 0, -1) : frames;
  let kept = '';
  let natives = '';
  for (let start = 0; start < frames.length;) {
    const newline = StringPrototypeIndexOf(frames, '\n', start);
    const end = newline < 0 ? frames.length : newline;
    const line = StringPrototypeSlice(frames, start, end);
    start = end + 1;
    if (StringPrototypeEndsWith(line, ' (native)')) natives += (natives && '\n') + line;
    else if (StringPrototypeIncludes(line, `(${OUR_FILES}`)) natives = '';
    else {
      kept += `${kept && '\n'}${natives}${natives && '\n'}${line}`;
      natives = '';
    }
  }
  return natives ? `${kept}${kept && '\n'}${natives}` : kept;
}

/**
 * Node's form of `stack`. The engine's has the frames only, and `console.log(error.stack)` would lose the message.
 * @param {unknown} holder
 * @param {unknown} frames
 */
export function stackText(holder, frames) {
  if (typeof frames !== 'string' || !StringPrototypeStartsWith(frames, '    at ')) return frames;
  let header = 'Error';
  try {
    header = ErrorPrototypeToString(holder);
  } catch {
    // A hostile `name` or `message`: the frames are still worth having.
  }
  const kept = authorFrames(frames);
  return kept ? `${header}\n${kept}` : header;
}

/** The frames alone, as the engine noted them. @type {(error: object) => string} */
export const nativeStack = uncurryGetter(Error.prototype, 'stack');

export function installStacks() {
  Error.stackTraceLimit = FRAMES;
  const capture = Error.captureStackTrace;
  const { get } = /** @type {PropertyDescriptor} */ (
    ObjectGetOwnPropertyDescriptor(
      {
        get stack() {
          return stackText(this, nativeStack(this));
        },
      },
      'stack',
    )
  );
  ObjectDefineProperty(Error.prototype, 'stack', { __proto__: null, get });
  const replacement = {
    /** @type {(target: object, until?: Function) => void} */
    captureStackTrace(target, until) {
      ReflectApply(capture, Error, [target, until]);
      const own = ObjectGetOwnPropertyDescriptor(target, 'stack');
      if (own && ObjectHasOwn(own, 'value'))
        ReflectDefineProperty(target, 'stack', { __proto__: null, value: stackText(target, own.value) });
    },
  };
  ObjectDefineProperty(Error, 'captureStackTrace', { __proto__: null, value: replacement.captureStackTrace });
}

/** @param {unknown} value @returns {value is object} */
function isObject(value) {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}

/** @param {object} object @param {string} key @returns {string | undefined} */
function read(object, key) {
  try {
    const value = ReflectGet(object, key);
    return typeof value === 'string' ? value : undefined;
  } catch {
    return undefined;
  }
}

/** @param {unknown} thrown @returns {string} */
function notAnError(thrown) {
  if (ErrorIsError(thrown)) return '';
  if (typeof thrown === 'string') return `A string was thrown instead of an Error: ${thrown}`;
  if (typeof thrown === 'symbol') return `A symbol was thrown instead of an Error: ${SymbolPrototypeToString(thrown)}`;
  if (!isObject(thrown)) return `A value was thrown instead of an Error: ${thrown}`;
  if (proxyDetails(thrown)) return 'A proxy was thrown instead of an Error';
  const text = library('inspect').inspect(thrown, { __proto__: null, depth: 1, customInspect: false });
  return `An object was thrown instead of an Error: ${text}`;
}

/** @param {string} text @param {number} length */
function bounded(text, length) {
  return JSONStringify(StringPrototypeSlice(text, 0, length));
}
