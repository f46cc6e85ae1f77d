// https://nodejs.org/api/util.html: Node's own. What Node defines with its lazy properties is defined here.
import * as abort from './node/abort.js';
import mime from 'node-lib:internal/mime';
import { diff } from 'node-lib:internal/util/diff';
import { parseArgs } from 'node-lib:internal/util/parse_args/parse_args';
import util from 'node-lib:util';

const { TextEncoder } = globalThis;
const { transferableAbortController, transferableAbortSignal } = abort;
const more = {
  MIMEParams: mime.MIMEParams,
  MIMEType: mime.MIMEType,
  TextEncoder,
  aborted: abort.aborted,
  diff,
  parseArgs,
  transferableAbortController,
  transferableAbortSignal,
};

for (const [name, value] of Object.entries(more)) {
  Object.defineProperty(util, name, { value, configurable: true, enumerable: true, writable: true });
}
Object.defineProperty(util, 'TextDecoder', {
  configurable: true,
  enumerable: true,
  get: () => runtime.module('text-decoder').TextDecoder,
});

// util.promisify(setTimeout): https://nodejs.org/api/timers.html#timers-promises-api
for (const name of ['setTimeout', 'setImmediate']) {
  Object.defineProperty(/** @type {any} */ (globalThis)[name], util.promisify.custom, {
    configurable: true,
    get: () => runtime.module('timers-promises')[name],
  });
}

export { util as 'module.exports' };
