// The kinds of events that programs outside a browser meet, each with its specification.
import { coded, needs } from './web/errors.js';
import { expose } from './web/interface.js';

const { Event } = /** @type {typeof import('./event-target.js')} */ (runtime.module('event-target'));

/** @typedef {import('./event-target.js').EventInit & Record<string, any>} Init */

/** https://dom.spec.whatwg.org/#interface-customevent */
export class CustomEvent extends Event {
  #detail;

  /** @param {unknown} type @param {Init | null} [init] */
  constructor(type, init) {
    needs(arguments, 'type');
    super(type, init);
    this.#detail = init?.detail ?? null;
  }

  get detail() {
    return this.#detail;
  }
}

/** https://html.spec.whatwg.org/multipage/webappapis.html#the-errorevent-interface */
export class ErrorEvent extends Event {
  #init;

  /** @param {unknown} type @param {Init | null} [init] */
  constructor(type, init) {
    needs(arguments, 'type');
    super(type, init);
    this.#init = {
      message: `${init?.message ?? ''}`,
      filename: `${init?.filename ?? ''}`,
      lineno: Number(init?.lineno ?? 0) >>> 0,
      colno: Number(init?.colno ?? 0) >>> 0,
      error: init?.error,
    };
  }

  get message() {
    return this.#init.message;
  }

  get filename() {
    return this.#init.filename;
  }

  get lineno() {
    return this.#init.lineno;
  }

  get colno() {
    return this.#init.colno;
  }

  get error() {
    return this.#init.error;
  }
}

/** https://html.spec.whatwg.org/multipage/comms.html#the-messageevent-interface */
export class MessageEvent extends Event {
  #init;

  /** @param {unknown} type @param {Init | null} [init] */
  constructor(type, init) {
    needs(arguments, 'type');
    super(type, init);
    this.#init = {
      data: init?.data === undefined ? null : init.data,
      origin: `${init?.origin ?? ''}`,
      lastEventId: `${init?.lastEventId ?? ''}`,
      source: init?.source ?? null,
      ports: Object.freeze([...(init?.ports ?? [])]),
    };
  }

  get data() {
    return this.#init.data;
  }

  get origin() {
    return this.#init.origin;
  }

  get lastEventId() {
    return this.#init.lastEventId;
  }

  get source() {
    return this.#init.source;
  }

  get ports() {
    return this.#init.ports;
  }
}

/** https://websockets.spec.whatwg.org/#the-closeevent-interface */
export class CloseEvent extends Event {
  #init;

  /** @param {unknown} type @param {Init | null} [init] */
  constructor(type, init) {
    needs(arguments, 'type');
    super(type, init);
    this.#init = {
      wasClean: Boolean(init?.wasClean),
      code: Number(init?.code ?? 0) & 0xffff,
      reason: `${init?.reason ?? ''}`.toWellFormed(),
    };
  }

  get wasClean() {
    return this.#init.wasClean;
  }

  get code() {
    return this.#init.code;
  }

  get reason() {
    return this.#init.reason;
  }
}

/** https://xhr.spec.whatwg.org/#interface-progressevent */
export class ProgressEvent extends Event {
  #init;

  /** @param {unknown} type @param {Init | null} [init] */
  constructor(type, init) {
    needs(arguments, 'type');
    super(type, init);
    this.#init = {
      lengthComputable: Boolean(init?.lengthComputable),
      loaded: Number(init?.loaded ?? 0),
      total: Number(init?.total ?? 0),
    };
  }

  get lengthComputable() {
    return this.#init.lengthComputable;
  }

  get loaded() {
    return this.#init.loaded;
  }

  get total() {
    return this.#init.total;
  }
}

/** https://html.spec.whatwg.org/multipage/webappapis.html#the-promiserejectionevent-interface */
export class PromiseRejectionEvent extends Event {
  #promise;
  #reason;

  /** @param {unknown} type @param {Init} init */
  constructor(type, init) {
    needs(arguments, 'type', 'eventInitDict');
    if (init?.promise === undefined)
      throw coded(new TypeError('The "eventInitDict.promise" property must be specified'), 'ERR_MISSING_OPTION');
    super(type, init);
    this.#promise = init.promise;
    this.#reason = init.reason;
  }

  get promise() {
    return this.#promise;
  }

  get reason() {
    return this.#reason;
  }
}

expose(CustomEvent, 'CustomEvent');
expose(ErrorEvent, 'ErrorEvent');
expose(MessageEvent, 'MessageEvent');
expose(CloseEvent, 'CloseEvent');
expose(ProgressEvent, 'ProgressEvent');
expose(PromiseRejectionEvent, 'PromiseRejectionEvent');
