// What Node's own files find in place when they are evaluated: primordials, internalBinding and the parts of `process` that
// they use. build.mjs puts the names in front of each.
import { internalBinding } from './node/binding.js';
import { primordials } from './node/primordials.js';
import { nextTick } from './node/ticks.js';

/** Not the global: that one is an EventEmitter, and tenant code may change it. */
const process = {
  nextTick,
  platform: 'linux',
  versions: { openssl: true, amaro: true },
  env: {},
  execArgv: [],
  cwd: () => '/',
  emitWarning: (/** @type {unknown[]} */ ...warning) => runtime.module('process').emitWarning(...warning),
  get stdout() {
    return runtime.module('process').stdout;
  },
  get stderr() {
    return runtime.module('process').stderr;
  },
  on: (/** @type {unknown[]} */ ...args) => runtime.module('process').on(...args),
};

export { internalBinding, nextTick, primordials, process };
