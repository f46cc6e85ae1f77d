// What the engine's C file gives to preludes and library modules, and to nobody else. Each script is a function of (host,
// runtime): inside, they are free names.

interface Host {
  /** One console line. Ends the run when the log limit is passed. Levels: debug 0, log 1, info 2, warn 3, error 4, trace 5. */
  log(level: number, text: string): void;
  /** What AsyncLocalStorage keeps for the code that runs now. The engine takes it along with promises. */
  context(): unknown;
  /** Gives what it was. */
  setContext(value: unknown): unknown;
  /** Fills with the host's entropy. */
  random(view: Uint8Array): void;
  /**
   * A pure computation of the host's: interlock.sandbox.compute says which there are. Throws an Error whose code is the
   * host's: crypto_failed, work_limit, bad_request.
   */
  compute(name: string, optionsJson: string, ...views: Uint8Array[]): { value: any; data: Uint8Array<ArrayBuffer>[] };
  /** Evaluates a library module; `library` in runtime/library.js keeps what it exports. */
  module(name: string): any;
  /** Told how many host operations there are when one begins; one too many ends the run, beyond any catch. */
  began(operations: number): void;
  /** Keeps the stack of what was thrown when a limit ended the run: where its author finds the line. */
  note(thrown: unknown): void;
  /** Well-formed UTF-8 to text; see library/encoding/utf8.js for the rest. */
  utf8Decode(view: Uint8Array): string;
  /** Lone surrogates become U+FFFD. */
  utf8Encode(text: string): Uint8Array<ArrayBuffer>;
  detach(buffer: ArrayBuffer): void;
  /** 0 pending, 1 fulfilled, 2 rejected, -1 for what is no promise. */
  promiseState(promise: unknown): number;
  promiseResult(promise: Promise<unknown>): unknown;
  /** [target, handler] of a proxy. */
  proxyDetails(value: unknown): [object, object] | undefined;
}

declare const host: Host;
