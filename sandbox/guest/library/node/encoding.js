// Node's internal/encoding.
export const { TextEncoder } = globalThis;
export const { TextDecoder } = runtime.module('text-decoder');
