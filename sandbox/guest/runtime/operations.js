// Host operations: what the guest asks of the outside. The table holds what is outstanding; what is new since the last
// guest message is kept as JSON text. One too many ends the run right here, where it has an author's line; the
// host counts what it is asked for all the same.
import * as context from './context.js';
import { codedError } from './errors.js';
import { jsonText } from './json.js';
import {
  Error,
  JSONStringify,
  Map,
  MapPrototypeClear,
  MapPrototypeDelete,
  MapPrototypeForEach,
  MapPrototypeGet,
  MapPrototypeGetSize,
  MapPrototypeSet,
  ObjectDefineProperty,
  Promise,
} from './primordials.js';
import { pending } from './messages.js';

const { began } = host;

/** @typedef {(ok: boolean, value: any) => void} Settle given the result, or {code, message} of a failure */
/** @type {Map<number, { settle: Settle, context: unknown }>} */
const outstanding = new Map();
/** @type {Map<number, { text: string, counts: number }>} */
const unsent = new Map();
let cancelled = '';
let last = 0;
/** How many began something: what was cancelled before the host was told of it does not count. */
let counted = 0;

/** Kinds that go on with something another one began, or wait for nothing; interlock.sandbox.operations has the same. @type {any} */
const CONTINUING = {
  __proto__: null,
  'fetch.write': true,
  'fetch.read': true,
  'fetch.cancel': true,
  'socket.read': true,
  'socket.write': true,
  'socket.starttls': true,
  'socket.end': true,
  'socket.close': true,
  'timer.immediate': true,
};

/**
 * @param {string} kind
 * @param {string} argsText the arguments as JSON text
 * @param {Settle} settle
 * @returns {number} the operation's id
 */
export function start(kind, argsText, settle) {
  const counts = CONTINUING[kind] ? 0 : 1;
  if (counts) began(counted + 1);
  counted += counts;
  const id = ++last;
  MapPrototypeSet(outstanding, id, { settle, context: context.get() });
  MapPrototypeSet(unsent, id, { text: `{"id":${id},"kind":${JSONStringify(kind)},"args":${argsText}}`, counts });
  return id;
}

/** @param {number} id of an operation; nothing happens when it is not outstanding */
export function cancel(id) {
  if (!MapPrototypeDelete(outstanding, id)) return;
  // One that the host never heard of is simply not sent.
  const one = MapPrototypeGet(unsent, id);
  if (one) {
    counted -= one.counts;
    MapPrototypeDelete(unsent, id);
  } else cancelled += `${cancelled && ','}${id}`;
}

/**
 * @param {string} kind
 * @param {object} args plain data
 * @returns {Promise<any>} rejected with an error of the host's code when the operation fails
 */
export function operation(kind, args) {
  return new Promise((resolve, reject) => {
    start(kind, jsonText(args), (ok, value) => {
      if (ok) resolve(value);
      else reject(failed(value.code, value.message));
    });
  });
}

/** The error of a failed operation, with its reason where Node's errors have it. @param {string} code @param {string} message */
function failed(code, message) {
  const error = codedError(Error, code, message);
  ObjectDefineProperty(error, 'code', {
    __proto__: null,
    value: code,
    writable: true,
    enumerable: true,
    configurable: true,
  });
  return error;
}

/** @param {import('./messages.js').Completion} completion */
export function complete(completion) {
  const waiting = MapPrototypeGet(outstanding, completion.id);
  if (!waiting) return; // cancelled in the meantime
  MapPrototypeDelete(outstanding, completion.id);
  const before = context.set(waiting.context);
  try {
    waiting.settle(completion.ok, completion.ok ? completion.value : completion.error);
  } finally {
    context.set(before);
  }
}

/** @returns {number} */
export function countOutstanding() {
  return MapPrototypeGetSize(outstanding);
}

/** The pending message with what is new since the last one. */
export function report() {
  let operations = '';
  MapPrototypeForEach(unsent, (/** @type {{ text: string }} */ one) => {
    operations += (operations && ',') + one.text;
  });
  MapPrototypeClear(unsent);
  const message = pending(operations, cancelled);
  cancelled = '';
  return message;
}
