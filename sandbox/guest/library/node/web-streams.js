// Node's internal/webstreams/*, for the adapters between its streams and the web's.

export const { ByteLengthQueuingStrategy, CountQueuingStrategy, ReadableStream, WritableStream } =
  runtime.module('web-streams');

/** @param {unknown} value */
export function isReadableStream(value) {
  return value instanceof ReadableStream;
}

/** @param {unknown} value */
export function isWritableStream(value) {
  return value instanceof WritableStream;
}
