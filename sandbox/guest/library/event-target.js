// https://dom.spec.whatwg.org/#events. There is no tree here: an event's path is its target alone.
import { coded, invalidArgument, needs } from './web/errors.js';
import { constants, expose } from './web/interface.js';

const PHASES = { NONE: 0, CAPTURING_PHASE: 1, AT_TARGET: 2, BUBBLING_PHASE: 3 };

/** @typedef {{ bubbles?: boolean, cancelable?: boolean, composed?: boolean }} EventInit */
/** @typedef {((event: Event) => unknown) | { handleEvent(event: Event): unknown }} Listener */
/** @typedef {{ listener: Listener, capture: boolean, once: boolean, passive: boolean, removed: boolean }} Registration */

// What the classes do for this module and its users alone, kept off them, where an author could see it.
/** @type {(event: Event, target: EventTarget) => boolean} */
let dispatch;
/** @type {(event: Event) => void} */
let trust;

export class Event {
  #type;
  #bubbles;
  #cancelable;
  #composed;
  #created = Date.now();
  #trusted = false;
  #initialized = true;
  /** @type {EventTarget | null} */
  #target = null;
  #dispatching = false;
  #canceled = false;
  #stopped = false;
  #stoppedAtOnce = false;
  #passive = false;

  /** @param {unknown} type @param {EventInit | null} [init] */
  constructor(type, init) {
    needs(arguments, 'type');
    if (init !== undefined && init !== null && typeof init !== 'object' && typeof init !== 'function')
      throw invalidArgument('options', 'of type object');
    this.#type = `${type}`;
    this.#bubbles = Boolean(init?.bubbles);
    this.#cancelable = Boolean(init?.cancelable);
    this.#composed = Boolean(init?.composed);
  }

  get type() {
    return this.#type;
  }

  get target() {
    return this.#target;
  }

  get srcElement() {
    return this.#target;
  }

  get currentTarget() {
    return this.#dispatching ? this.#target : null;
  }

  composedPath() {
    return this.#dispatching ? [this.#target] : [];
  }

  get eventPhase() {
    return this.#dispatching ? PHASES.AT_TARGET : PHASES.NONE;
  }

  stopPropagation() {
    this.#stopped = true;
  }

  get cancelBubble() {
    return this.#stopped;
  }

  set cancelBubble(value) {
    if (value) this.#stopped = true;
  }

  stopImmediatePropagation() {
    this.#stopped = true;
    this.#stoppedAtOnce = true;
  }

  get bubbles() {
    return this.#bubbles;
  }

  get cancelable() {
    return this.#cancelable;
  }

  get returnValue() {
    return !this.#canceled;
  }

  set returnValue(value) {
    if (!value) this.preventDefault();
  }

  preventDefault() {
    if (this.#cancelable && !this.#passive) this.#canceled = true;
  }

  get defaultPrevented() {
    return this.#canceled;
  }

  get composed() {
    return this.#composed;
  }

  get isTrusted() {
    return this.#trusted;
  }

  /** Milliseconds since performance.timeOrigin. */
  get timeStamp() {
    return Math.max(0, this.#created - runtime.module('performance').performance.timeOrigin);
  }

  /** @param {unknown} type @param {boolean} [bubbles] @param {boolean} [cancelable] */
  initEvent(type, bubbles = false, cancelable = false) {
    needs(arguments, 'type');
    if (this.#dispatching) return;
    this.#initialized = true;
    this.#stopped = this.#stoppedAtOnce = this.#canceled = this.#trusted = false;
    this.#target = null;
    this.#type = `${type}`;
    this.#bubbles = Boolean(bubbles);
    this.#cancelable = Boolean(cancelable);
  }

  static {
    trust = (event) => void (event.#trusted = true);
    dispatch = (event, target) => {
      if (event.#dispatching || !event.#initialized)
        throw new DOMException('The event is already being dispatched', 'InvalidStateError');
      event.#dispatching = true;
      event.#target = target;
      if (!event.#stopped) {
        invoke(target, event, true);
        if (!event.#stopped) invoke(target, event, false);
      }
      event.#dispatching = event.#stopped = event.#stoppedAtOnce = false;
      return !event.#canceled;
    };
    /** @param {EventTarget} target @param {Event} event @param {boolean} capture */
    const invoke = (target, event, capture) => {
      for (const registration of registrations(target, event.#type)) {
        if (event.#stoppedAtOnce) return;
        if (registration.removed || registration.capture !== capture) continue;
        if (registration.once) remove(target, event.#type, registration);
        event.#passive = registration.passive;
        call(registration.listener, target, event);
        event.#passive = false;
      }
    };
  }
}

constants(Event, PHASES);
expose(Event, 'Event', ['type', 'defaultPrevented', 'cancelable', 'timeStamp']);

/** @type {(target: EventTarget, type: string) => Registration[]} a copy: a listener may add and remove others */
let registrations;
/** @type {(target: EventTarget, type: string, registration: Registration) => void} */
let remove;

export class EventTarget {
  /** @type {Map<string, Registration[]>} */
  #listeners = new Map();

  /** @param {unknown} type @param {Listener | null} listener @param {any} [options] */
  addEventListener(type, listener, options) {
    needs(arguments, 'type', 'listener');
    const { capture, once, passive, signal } = flattened(options);
    if (signal !== undefined && !runtime.module('abort').isSignal(signal))
      throw invalidArgument('options.signal', 'an instance of AbortSignal');
    if (listener === null || listener === undefined) return;
    checkListener(listener);
    if (signal?.aborted) return;
    const name = `${type}`;
    const list = this.#listeners.get(name) ?? [];
    if (list.some((other) => other.listener === listener && other.capture === capture)) return;
    const registration = { listener, capture, once, passive, removed: false };
    list.push(registration);
    this.#listeners.set(name, list);
    if (signal) runtime.module('abort').onAbort(signal, () => remove(this, name, registration));
  }

  /** @param {unknown} type @param {Listener | null} listener @param {any} [options] */
  removeEventListener(type, listener, options) {
    needs(arguments, 'type', 'listener');
    const capture = Boolean(typeof options === 'object' && options !== null ? options.capture : options);
    const found = this.#listeners
      .get(`${type}`)
      ?.find((other) => other.listener === listener && other.capture === capture);
    if (found) remove(this, `${type}`, found);
  }

  /** @param {Event} event @returns {boolean} false when a listener prevented the default */
  dispatchEvent(event) {
    needs(arguments, 'event');
    void this.#listeners;
    if (!isEvent(event)) throw invalidArgument('event', 'an instance of Event');
    return dispatch(event, this);
  }

  static {
    registrations = (target, type) => [...(target.#listeners.get(type) ?? [])];
    remove = (target, type, registration) => {
      registration.removed = true;
      const left = target.#listeners.get(type)?.filter((other) => other !== registration) ?? [];
      if (left.length) target.#listeners.set(type, left);
      else target.#listeners.delete(type);
    };
  }
}

expose(EventTarget, 'EventTarget', []);

/** @param {unknown} value @returns {value is Event} */
function isEvent(value) {
  return value instanceof Event;
}

/**
 * Dispatches an event of the platform's own.
 * @param {EventTarget} target
 * @param {Event} event
 */
export function dispatchTrusted(target, event) {
  trust(event);
  return dispatch(event, target);
}

/** How many listeners a target has for a type; Node's `events.listenerCount`. @param {EventTarget} target @param {string} type */
export function countListeners(target, type) {
  return registrations(target, type).length;
}

/** The listeners themselves; Node's `events.getEventListeners`. @param {EventTarget} target @param {string} type */
export function listenersOf(target, type) {
  return registrations(target, type).map(({ listener }) => listener);
}

/**
 * Event handler attributes (`onabort`): https://html.spec.whatwg.org/multipage/webappapis.html#event-handler-idl-attributes
 * @param {any} Interface
 * @param {string[]} types
 * @param {(target: any, type: string) => void} [wasSet]
 */
export function defineHandlers(Interface, types, wasSet) {
  for (const type of types) {
    /** @type {WeakMap<EventTarget, { handler: unknown }>} */
    const handlers = new WeakMap();
    Object.defineProperty(Interface.prototype, `on${type}`, {
      configurable: true,
      enumerable: true,
      /** @this {EventTarget} */
      get() {
        return handlers.get(this)?.handler ?? null;
      },
      /** @this {EventTarget} @param {unknown} value */
      set(value) {
        const handler = typeof value === 'function' || (typeof value === 'object' && value !== null) ? value : null;
        const known = handlers.get(this);
        if (known) {
          known.handler = handler;
        } else if (handler) {
          /** @type {{ handler: unknown }} */
          const entry = { handler };
          handlers.set(this, entry);
          this.addEventListener(type, (event) => {
            if (typeof entry.handler !== 'function') return;
            if (entry.handler.call(this, event) === false) event.preventDefault();
          });
        }
        wasSet?.(this, type);
      },
    });
  }
}

/** An exception that nothing catches fails the run: https://html.spec.whatwg.org/multipage/webappapis.html#dom-reporterror @param {unknown} thrown */
export function reportError(thrown) {
  needs(arguments, 'error');
  runtime.uncaught(thrown);
}

/** What a listener throws does not keep the next one from being called. @param {Listener} listener @param {EventTarget} target @param {Event} event */
function call(listener, target, event) {
  try {
    const result =
      typeof listener === 'function' ? listener.call(/** @type {any} */ (target), event) : listener.handleEvent(event);
    // As in Node: a rejected promise of a listener is an uncaught exception too.
    if (typeof (/** @type {any} */ (result)?.then) === 'function') {
      /** @type {any} */ (result).then(undefined, reportError);
    }
  } catch (thrown) {
    reportError(thrown);
  }
}

/** @param {any} options */
function flattened(options) {
  if (typeof options !== 'object' || options === null) {
    return { capture: Boolean(options), once: false, passive: false, signal: undefined };
  }
  return {
    capture: Boolean(options.capture),
    once: Boolean(options.once),
    passive: Boolean(options.passive),
    signal: options.signal,
  };
}

/** @param {unknown} listener */
function checkListener(listener) {
  if (typeof listener === 'function' || typeof listener === 'object') return;
  throw coded(new TypeError('The "listener" argument must be an instance of EventListener'), 'ERR_INVALID_ARG_TYPE');
}
