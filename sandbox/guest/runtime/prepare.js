// Before an action's top level is evaluated: what its text mentions is loaded now, so that it is part of the image and no
// run has to load it.
import { lazy } from './globals.js';
import { library } from './library.js';
import { setSetup } from './program.js';

/**
 * @param {string} source
 * @param {unknown} setup what the image's maker gives the program
 */
export function prepare(source, setup) {
  setSetup(setup);
  for (let i = 0; i < lazy.length; i++) {
    if (new RegExp(`\\b${lazy[i]}\\b`).test(source)) void (/** @type {any} */ (globalThis)[lazy[i]]);
  }
  if (/\bconsole\b/.test(source)) library('inspect');
}
