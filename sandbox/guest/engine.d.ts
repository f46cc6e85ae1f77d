// What QuickJS-NG has beyond ECMAScript 2023, and the web's globals that our own code uses. TypeScript's DOM library would
// declare hundreds of names that do not exist in a guest.

interface ErrorConstructor {
  isError(value: unknown): value is Error;
  captureStackTrace(target: object, until?: Function): void;
  stackTraceLimit: number;
  prepareStackTrace: ((error: Error, sites: any[]) => unknown) | undefined;
}

interface String {
  isWellFormed(): boolean;
  toWellFormed(): string;
}

/** A descriptor of ours never inherits: Object.prototype.get could be a tenant's. */
interface PropertyDescriptor {
  __proto__?: null;
}

interface DOMException extends Error {
  readonly code: number;
}

declare var DOMException: { new (message?: string, name?: string): DOMException; prototype: DOMException };
declare var TextEncoder: typeof import('./runtime/text-encoder.js').TextEncoder;
declare function atob(text: string): string;
declare function btoa(text: string): string;
declare var crypto: import('./runtime/crypto.js').Crypto;
declare function queueMicrotask(task: () => void): void;
