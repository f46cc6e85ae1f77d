// https://nodejs.org/api/buffer.html: what `require('buffer')` has beside the class.
const buffer = runtime.module('buffer');

/** @type {Record<string, any>} */
const exported = {
  ...buffer,
  kStringMaxLength: buffer.constants.MAX_STRING_LENGTH,
  resolveObjectURL: () => undefined,
  transcode,
};
for (const name of ['Blob', 'File']) {
  Object.defineProperty(exported, name, {
    configurable: true,
    enumerable: true,
    get: () => /** @type {any} */ (globalThis)[name],
  });
}
export { exported as 'module.exports' };

/** @param {Uint8Array} source @param {string} from @param {string} to */
function transcode(source, from, to) {
  if (!(source instanceof Uint8Array))
    throw runtime.invalidArgument('source', 'an instance of Buffer or Uint8Array', source);
  const text = buffer.Buffer.from(source).toString(from);
  const known = /^(?:ascii|latin1|binary)$/i.test(to) ? text.replace(/[^\x00-\xff]/gu, '?') : text;
  return buffer.Buffer.from(known, to);
}
