// Stacks: Node's wording for `error.stack`, and our own frames out of sight. That is more than tidiness: a call site gives
// its function to whoever sets Error.prepareStackTrace, and with codedError in hand a tenant could forge our codes.
import {
  Error,
  ErrorPrototypeToString,
  ObjectDefineProperty,
  ObjectGetOwnPropertyDescriptor,
  ObjectGetPrototypeOf,
  ObjectHasOwn,
  ReflectApply,
  ReflectDefineProperty,
  StringPrototypeEndsWith,
  StringPrototypeIncludes,
  StringPrototypeIndexOf,
  StringPrototypeSlice,
  StringPrototypeStartsWith,
  uncurryGetter,
  uncurryThis,
} from './primordials.js';

/** More than Node's ten: our own frames are among them. The engine notes at most 64. */
const FRAMES = 32;
const OUR_FILES = 'interlock:';

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
  installPrepare();
  const { get } = descriptor(
    {
      get stack() {
        return stackText(this, nativeStack(this));
      },
    },
    'stack',
  );
  ObjectDefineProperty(Error.prototype, 'stack', { __proto__: null, get });
  const native = Error.captureStackTrace;
  const { captureStackTrace } = {
    /** @param {object} target @param {Function} [until] */
    captureStackTrace(target, until) {
      ReflectApply(native, Error, [target, until]);
      const own = ObjectGetOwnPropertyDescriptor(target, 'stack');
      if (!own || !ObjectHasOwn(own, 'value')) return;
      ReflectDefineProperty(target, 'stack', { __proto__: null, value: stackText(target, own.value) });
    },
  };
  ObjectDefineProperty(Error, 'captureStackTrace', { __proto__: null, value: captureStackTrace });
}

/** Error.prepareStackTrace for tenant code: called without our call sites. */
function installPrepare() {
  const native = descriptor(Error, 'prepareStackTrace');
  /** @type {unknown} */
  let prepare;
  const getFileName = captureGetFileName();

  /** @param {unknown} error @param {object[]} sites */
  function withoutOurs(error, sites) {
    /** @type {object[]} */
    const theirs = [];
    let count = 0;
    for (let i = 0; i < sites.length; i++) {
      const file = getFileName(sites[i]);
      if (typeof file === 'string' && StringPrototypeStartsWith(file, OUR_FILES)) continue;
      ReflectDefineProperty(theirs, count++, {
        __proto__: null,
        value: sites[i],
        configurable: true,
        enumerable: true,
        writable: true,
      });
    }
    return ReflectApply(/** @type {Function} */ (prepare), Error, [error, theirs]);
  }

  const { get, set } = descriptor(
    {
      get prepareStackTrace() {
        return prepare;
      },
      set prepareStackTrace(value) {
        prepare = value;
        ReflectApply(/** @type {Function} */ (native.set), Error, [
          typeof value === 'function' ? withoutOurs : undefined,
        ]);
      },
    },
    'prepareStackTrace',
  );
  ObjectDefineProperty(Error, 'prepareStackTrace', { __proto__: null, get, set });
}

/** The engine's CallSite has no name of its own: a call site is needed to find its methods. */
function captureGetFileName() {
  /** @type {any} */
  let site;
  Error.prepareStackTrace = (_, sites) => {
    site = sites[0];
    return '';
  };
  void new Error().stack;
  Error.prepareStackTrace = undefined;
  return uncurryThis(ObjectGetPrototypeOf(site).getFileName);
}

/** @param {object} holder @param {string} key */
function descriptor(holder, key) {
  return /** @type {PropertyDescriptor} */ (ObjectGetOwnPropertyDescriptor(holder, key));
}
