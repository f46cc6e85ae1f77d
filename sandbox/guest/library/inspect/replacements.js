// The modules of node-inspect-extracted's bundle that are replaced, by their number there. build.mjs takes the originals
// out and puts these in, and fails when a new version of the package numbers its modules differently.
import * as binding from './binding.js';
import { primordials } from './primordials.js';
import * as types from './types.js';

/** @type {Record<number, (module: { exports: unknown }) => void>} */
export const replacements = {
  499: (module) => void (module.exports = types),
  683: (module) => void (module.exports = primordials),
  727: (module) => void (module.exports = { ...binding, getOwnNonIndexProperties: binding.getShownProperties }),
  812: (module) => void (module.exports = url),
};

const url = {
  /** Only used to colour stacks. @param {string} path */
  pathToFileURL: (path) => ({ href: path }),
  get URL() {
    return runtime.module('url').URL;
  },
};
