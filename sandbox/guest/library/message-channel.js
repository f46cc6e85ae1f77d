// https://html.spec.whatwg.org/multipage/web-messaging.html#message-channels within one program. Messages arrive as tasks:
// one host operation for all that are under way.
import { illegalConstructor, needs } from './web/errors.js';
import { expose } from './web/interface.js';

const { EventTarget, defineHandlers, dispatchTrusted } = /** @type {typeof import('./event-target.js')} */ (
  runtime.module('event-target')
);
const { setImmediate } = /** @type {any} */ (globalThis);
const OURS = Symbol();

/** What is to be done at the next task, in order. @type {(() => void)[]} */
let tasks = [];

// What the class does for this module and structuredClone alone.
/** @type {(value: unknown) => value is MessagePort} */
let isPort;
/** @type {(one: MessagePort, other: MessagePort) => void} */
let join;
/** @type {(port: MessagePort) => void} */
let start;
/** Moves a port: the old one is of no use any more. @type {(port: MessagePort) => MessagePort} */
let transfer;
/** @type {(port: MessagePort) => boolean} */
let isDetached;

export class MessagePort extends EventTarget {
  /** @type {MessagePort | null} */
  #other = null;
  /** Messages that wait for the port to be started. @type {{ data: unknown, ports: MessagePort[] }[]} */
  #waiting = [];
  /** How many of them have a task already. */
  #scheduled = 0;
  #started = false;
  #closed = false;
  #detached = false;

  /** @param {unknown} [token] */
  constructor(token) {
    if (token !== OURS) throw illegalConstructor();
    super();
  }

  /** @param {unknown} message @param {any} [options] what to transfer, or {transfer} */
  postMessage(message, options) {
    needs(arguments, 'message');
    const list = Array.isArray(options) ? options : [...(options?.transfer ?? [])];
    if (list.includes(this)) throw new DOMException('Transfer list contains source port', 'DataCloneError');
    const { value, ports } = runtime.module('structured-clone').cloneWithPorts(message, list);
    const other = this.#other;
    if (!other || this.#closed) return;
    other.#waiting.push({ data: value, ports });
    other.#deliver();
  }

  start() {
    this.#started = true;
    this.#deliver();
  }

  close() {
    for (const port of [this, this.#other]) {
      if (!port || port.#closed) continue;
      port.#closed = true;
      later(() => dispatchTrusted(port, new (runtime.module('event-target').Event)('close')));
    }
  }

  /** Whether it keeps a program from ending: none does here. */
  ref() {}

  unref() {}

  hasRef() {
    return false;
  }

  #deliver() {
    for (; this.#started && this.#scheduled < this.#waiting.length; this.#scheduled++) {
      later(() => {
        this.#scheduled--;
        const message = this.#waiting.shift();
        if (!message) return;
        const { MessageEvent } = runtime.module('event-kinds');
        dispatchTrusted(this, new MessageEvent('message', message));
      });
    }
  }

  static {
    isPort = /** @returns {value is MessagePort} */ (value) =>
      typeof value === 'object' && value !== null && #other in value;
    join = (one, other) => {
      one.#other = other;
      other.#other = one;
    };
    start = (port) => port.start();
    isDetached = (port) => port.#detached;
    transfer = (port) => {
      const moved = new MessagePort(OURS);
      moved.#other = port.#other;
      if (moved.#other) moved.#other.#other = moved;
      moved.#waiting = port.#waiting;
      moved.#closed = port.#closed;
      port.#other = null;
      port.#waiting = [];
      port.#closed = port.#detached = true;
      return moved;
    };
  }
}

expose(MessagePort, 'MessagePort', []);
// As the standard has it, a handler starts the port, and a listener does not; Node starts it with either.
defineHandlers(MessagePort, ['message'], (port) => start(port));
defineHandlers(MessagePort, ['messageerror', 'close']);
Object.defineProperty(MessagePort.prototype, 'addEventListener', {
  configurable: true,
  enumerable: true,
  writable: true,
  /** @this {MessagePort} @param {[any, any, any?]} args */
  value: function addEventListener(...args) {
    EventTarget.prototype.addEventListener.apply(this, args);
    if (args[0] === 'message') start(this);
  },
});

export class MessageChannel {
  #port1 = new MessagePort(OURS);
  #port2 = new MessagePort(OURS);

  constructor() {
    join(this.#port1, this.#port2);
  }

  get port1() {
    return this.#port1;
  }

  get port2() {
    return this.#port2;
  }
}

expose(MessageChannel, 'MessageChannel', ['port1', 'port2']);

export { isDetached, isPort, transfer };

/** @param {() => void} task */
function later(task) {
  tasks.push(task);
  if (tasks.length > 1) return;
  setImmediate(() => {
    const now = tasks;
    tasks = [];
    for (const each of now) each();
  });
}
