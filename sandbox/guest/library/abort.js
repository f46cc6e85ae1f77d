// https://dom.spec.whatwg.org/#aborting-ongoing-activities
import { coded, illegalConstructor, invalidArgument, needs } from './web/errors.js';
import { expose } from './web/interface.js';

const { Event, EventTarget, defineHandlers, dispatchTrusted } = /** @type {typeof import('./event-target.js')} */ (
  runtime.module('event-target')
);
const { setTimeout } = /** @type {any} */ (globalThis);

const LONGEST_MS = 2 ** 31 - 1;
/** Given to the constructor by this module alone. */
const OURS = Symbol();

// What the class does for this module and its users alone.
/** @type {(signal: AbortSignal, reason: unknown) => void} */
let abort;
/** @type {(value: unknown) => value is AbortSignal} */
export let isSignal;
/**
 * Runs `algorithm` when the signal is aborted, before its event: https://dom.spec.whatwg.org/#abortsignal-add
 * @type {(signal: AbortSignal, algorithm: () => void) => () => void} what is returned takes it back
 */
export let onAbort;

export class AbortSignal extends EventTarget {
  #aborted = false;
  /** @type {unknown} */
  #reason = undefined;
  /** @type {Set<() => void>} */
  #algorithms = new Set();
  /** The signals that this one follows; null for one that has a controller. @type {Set<AbortSignal> | null} */
  #sources = null;
  /** @type {Set<AbortSignal>} */
  #dependents = new Set();

  /** @param {unknown} [token] */
  constructor(token) {
    if (token !== OURS) throw illegalConstructor();
    super();
  }

  get aborted() {
    return this.#aborted;
  }

  get reason() {
    return this.#reason;
  }

  throwIfAborted() {
    if (this.#aborted) throw this.#reason;
  }

  /** @param {unknown} [reason] */
  static abort(reason) {
    const signal = new AbortSignal(OURS);
    signal.#aborted = true;
    signal.#reason = reason === undefined ? abortError() : reason;
    return signal;
  }

  /** @param {number} delay in milliseconds */
  static timeout(delay) {
    needs(arguments, 'delay');
    if (typeof delay !== 'number') throw invalidArgument('delay', 'of type number');
    if (!(delay >= 0 && delay <= Number.MAX_SAFE_INTEGER))
      throw coded(
        new RangeError(`The value of "delay" is out of range. It must be >= 0 && <= ${Number.MAX_SAFE_INTEGER}`),
        'ERR_OUT_OF_RANGE',
      );
    const signal = new AbortSignal(OURS);
    setTimeout(
      () => abort(signal, new DOMException('The operation was aborted due to timeout', 'TimeoutError')),
      Math.min(delay, LONGEST_MS),
    );
    return signal;
  }

  /** @param {Iterable<AbortSignal>} signals @returns {AbortSignal} aborted as soon as one of them is */
  static any(signals) {
    needs(arguments, 'signals');
    if (typeof signals !== 'object' || signals === null || typeof signals[Symbol.iterator] !== 'function')
      throw invalidArgument('signals', 'an iterable of AbortSignal');
    const all = [...signals];
    for (const signal of all) {
      if (!isSignal(signal)) throw invalidArgument('signals', 'an iterable of AbortSignal');
    }
    const aborted = all.find((signal) => signal.#aborted);
    if (aborted) return AbortSignal.abort(aborted.#reason);
    const result = new AbortSignal(OURS);
    result.#sources = new Set();
    for (const signal of all) {
      for (const source of signal.#sources ?? [signal]) {
        result.#sources.add(source);
        source.#dependents.add(result);
      }
    }
    return result;
  }

  static {
    isSignal = /** @returns {value is AbortSignal} */ (value) =>
      typeof value === 'object' && value !== null && #aborted in value;
    onAbort = (signal, algorithm) => {
      if (!signal.#aborted) signal.#algorithms.add(algorithm);
      return () => void signal.#algorithms.delete(algorithm);
    };
    abort = (signal, reason) => {
      if (signal.#aborted) return;
      const following = [...signal.#dependents].filter((dependent) => !dependent.#aborted);
      signal.#dependents.clear();
      for (const each of [signal, ...following]) {
        each.#aborted = true;
        each.#reason = reason;
      }
      for (const each of [signal, ...following]) {
        const algorithms = [...each.#algorithms];
        each.#algorithms.clear();
        for (const algorithm of algorithms) algorithm();
        dispatchTrusted(each, new Event('abort'));
      }
    };
  }
}

expose(AbortSignal, 'AbortSignal', ['aborted']);
defineHandlers(AbortSignal, ['abort']);

export class AbortController {
  #signal = new AbortSignal(OURS);

  get signal() {
    return this.#signal;
  }

  /** @param {unknown} [reason] */
  abort(reason) {
    abort(this.#signal, reason === undefined ? abortError() : reason);
  }
}

expose(AbortController, 'AbortController', ['signal']);

function abortError() {
  return new DOMException('This operation was aborted', 'AbortError');
}
