// The object that preludes and library modules share, filled by runtime/main.js.

/** What an action is: how it is loaded, run, and what its output is. */
interface Program {
  /** After the top level was evaluated. `setup` is what the image's maker gave. */
  load(exports: any, setup: any): void;
  /** One run. */
  run(input: any): unknown;
  /** The output as JSON text, made without calling tenant code. */
  output(value: unknown, failed: boolean): string;
}

type Primordials = Readonly<typeof import('./runtime/primordials.js')>;

interface Runtime {
  // For the engine's C file.
  prepare(source: string, setup: unknown): void;
  load(action: Function): void;
  enter(message: unknown): void;
  leave(): string | undefined;
  rejected(promise: Promise<unknown>, reason: unknown, handled: boolean): void;
  uncaught(thrown: unknown): void;

  // For preludes and library modules.
  readonly primordials: Primordials;
  readonly console: typeof import('./runtime/console.js').console;
  /** Names of globals that are loaded at their first use. */
  readonly lazy: readonly string[];
  require(name: unknown): any;
  readonly builtinModules: readonly string[];
  /** Whether `require` has a module of this name, with or without `node:`. */
  isBuiltin(name: unknown): boolean;
  /** What a library module exports, evaluated at its first use. */
  module(name: string): any;
  setProgram(program: Program): void;
  /** What runs process.nextTick's callbacks: called when code of the tenant's has come to its end; says whether it ran any. */
  setTicks(run: () => boolean): void;
  /** What AsyncLocalStorage keeps for the code that runs now; it follows promises and host operations. */
  readonly context: { get(): unknown; set(value: unknown): unknown };
  /** Node's ERR_INVALID_ARG_TYPE. */
  invalidArgument(argument: string, expected: string, actual: unknown): TypeError;
  /** A host operation; rejected with a coded error when the host fails it. */
  operation(kind: string, args: object): Promise<any>;
  startOperation(kind: string, argsText: string, settle: (ok: boolean, value: any) => void): number;
  cancelOperation(id: number): void;
  /** An error whose code the host reports; `name` is its constructor's. */
  codedError(Base: ErrorConstructor, code: string, message: string, name?: string): Error;
  /** JSON text of {name, message, stack, code}. */
  describe(thrown: unknown): string;
  /** JSON text of data that trusted code made; never looks up toJSON. */
  jsonText(value: unknown): string;
  /** A stack as Node words it. */
  stackText(holder: unknown, frames: unknown): unknown;
}

declare const runtime: Runtime;
