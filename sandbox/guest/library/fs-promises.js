// https://nodejs.org/api/fs.html#promises-api over fs/calls.js.
import { calls } from './fs/calls.js';
import { constants } from './fs/constants.js';
import { refusedFunction } from './refused/refusing.js';

/** What is only there with a callback or a descriptor. */
const NOT_HERE = /^(?:close|f[a-z]+|read|readv|write|writev)$/;

/** @type {Record<string, unknown>} */
const exported = { constants, watch: refusedFunction('fs', 'watch', 'an action has no files') };
for (const [name, call] of Object.entries(calls)) {
  if (NOT_HERE.test(name)) continue;
  exported[name] = Object.defineProperty(async (/** @type {unknown[]} */ ...args) => call(...args), 'name', {
    value: name,
    configurable: true,
  });
}

export { exported as 'module.exports' };
