// https://nodejs.org/api/webstreams.html: the globals of these names.
const NAMES = [
  'ByteLengthQueuingStrategy',
  'CompressionStream',
  'CountQueuingStrategy',
  'DecompressionStream',
  'ReadableByteStreamController',
  'ReadableStream',
  'ReadableStreamBYOBReader',
  'ReadableStreamBYOBRequest',
  'ReadableStreamDefaultController',
  'ReadableStreamDefaultReader',
  'TextDecoderStream',
  'TextEncoderStream',
  'TransformStream',
  'TransformStreamDefaultController',
  'WritableStream',
  'WritableStreamDefaultController',
  'WritableStreamDefaultWriter',
];

/** @type {Record<string, unknown>} */
const exported = {};
for (const name of NAMES) {
  Object.defineProperty(exported, name, {
    configurable: true,
    enumerable: true,
    get: () => /** @type {any} */ (globalThis)[name],
  });
}
export { exported as 'module.exports' };
