// Before an action's top level is evaluated: what its text mentions is loaded now, so that it is part of the image and no
// run has to load it.
import { lazy } from './globals.js';
import { library } from './library.js';
import { setSetup } from './program.js';
import { moduleOf } from './require.js';

/** What is only written about: strings and comments. A comment on URLs must not cost every run the URL parser. */
const PROSE = /'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|\/\*[^]*?\*\/|\/\/[^\n]*/g;

/** A longer text is a bundle: its comments are gone, and a copy of it would be a part of what its image takes. */
const LARGEST_OWN = 100_000;

/** How a program reads the stream of an answer that it fetched. */
const STREAMED = /\bfor await\b|\.(?:getReader|pipeThrough|pipeTo|tee)\b/;

const REQUIRED = /\b(?:require|import)\s*\(\s*(['"])([\w/:.-]+)\1/g;

/**
 * A wrong guess costs time, nothing else: what was missed is loaded when it is first used.
 * @param {string} source
 * @param {unknown} setup what the image's maker gives the program
 */
export function prepare(source, setup) {
  setSetup(setup);
  const code = source.length > LARGEST_OWN ? source : source.replace(PROSE, '');
  for (let i = 0; i < lazy.length; i++) {
    if (code.includes(lazy[i]) && new RegExp(`\\b${lazy[i]}\\b`).test(code))
      void (/** @type {any} */ (globalThis)[lazy[i]]);
  }
  if (/\bfetch\b/.test(code) && STREAMED.test(code)) library('web-streams');
  for (const [, , name] of source.matchAll(REQUIRED)) {
    const module = moduleOf(name);
    if (module) library(module);
  }
  // What reads otherwise in each locale may be called by its name in quotes.
  if (source.includes('Intl') || source.includes('toLocale') || source.includes('localeCompare'))
    library('intl').prepare(source);
  if (/\bconsole\b/.test(code)) library('inspect');
  if (/\bsubtle\b/.test(code)) library('webcrypto');
}
