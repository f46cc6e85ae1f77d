// https://streams.spec.whatwg.org/ by the package web-streams-polyfill (its ponyfill build), which follows the standard's
// reference implementation and runs the standard's tests. Errors of its own are TypeErrors without Node's codes.
export * from 'web-streams-polyfill';

import {
  ByteLengthQueuingStrategy,
  CountQueuingStrategy,
  ReadableByteStreamController,
  ReadableStream,
  ReadableStreamBYOBReader,
  ReadableStreamBYOBRequest,
  ReadableStreamDefaultController,
  ReadableStreamDefaultReader,
  TransformStream,
  TransformStreamDefaultController,
  WritableStream,
  WritableStreamDefaultController,
  WritableStreamDefaultWriter,
} from 'web-streams-polyfill';
import { showAs } from './web/interface.js';

// The package has an iterator prototype of its own beside the language's.
const AsyncIteratorPrototype = Object.getPrototypeOf(Object.getPrototypeOf(async function* () {}).prototype);
Object.setPrototypeOf(
  Object.getPrototypeOf(/** @type {any} */ (new ReadableStream()).values()),
  AsyncIteratorPrototype,
);

// The package keeps its state in properties with an underscore, which are nothing for a console.
showAs(ReadableStream, (stream) => ({
  locked: stream.locked,
  state: stream._state,
  supportsBYOB: stream._readableStreamController instanceof ReadableByteStreamController,
}));
showAs(WritableStream, (stream) => ({ locked: stream.locked, state: stream._state }));
showAs(TransformStream, (stream) => ({
  readable: stream.readable,
  writable: stream.writable,
  backpressure: stream._backpressure,
}));
for (const reader of [ReadableStreamDefaultReader, ReadableStreamBYOBReader, WritableStreamDefaultWriter])
  showAs(reader, ({ closed }) => ({ closed }));
for (const Interface of [
  ByteLengthQueuingStrategy,
  CountQueuingStrategy,
  ReadableByteStreamController,
  ReadableStreamBYOBRequest,
  ReadableStreamDefaultController,
  TransformStreamDefaultController,
  WritableStreamDefaultController,
])
  showAs(Interface, () => ({}));

/** @param {unknown} value */
export function isReadable(value) {
  return value instanceof ReadableStream && Object.hasOwn(value, '_readableStreamController');
}

/** Whether anything was read from a stream or it was cancelled: https://streams.spec.whatwg.org/#is-readable-stream-disturbed @param {any} stream @returns {boolean} */
export function isDisturbed(stream) {
  return stream._disturbed;
}

/** @param {any} stream @returns {'readable' | 'closed' | 'errored' | 'writable' | 'erroring'} */
export function stateOf(stream) {
  return stream._state;
}

/** @param {any} stream @returns {unknown} what an errored stream failed with */
export function errorOf(stream) {
  return stream._storedError;
}
