// Promises that were rejected while nobody listened. One that is still here when the job queue is empty fails the run,
// as in Node.
import {
  Map,
  MapPrototypeClear,
  MapPrototypeDelete,
  MapPrototypeForEach,
  MapPrototypeGetSize,
  MapPrototypeSet,
} from './primordials.js';

/** @type {Map<Promise<unknown>, unknown>} */
const unhandled = new Map();

/**
 * The engine's rejection tracker.
 * @param {Promise<unknown>} promise
 * @param {unknown} reason
 * @param {boolean} handled a handler was added after all
 */
export function rejected(promise, reason, handled) {
  if (handled) MapPrototypeDelete(unhandled, promise);
  else MapPrototypeSet(unhandled, promise, reason);
}

/** @returns {{ reason: unknown } | undefined} the first, and forgets all */
export function takeUnhandled() {
  if (MapPrototypeGetSize(unhandled) === 0) return undefined;
  /** @type {{ reason: unknown } | undefined} */
  let first;
  MapPrototypeForEach(unhandled, (/** @type {unknown} */ reason) => {
    first ??= { reason };
  });
  MapPrototypeClear(unhandled);
  return first;
}
