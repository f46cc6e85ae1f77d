// The worker's prelude: makes an action's module a handler of its trigger, gives it the event and `api`, and hands the
// recorded commands back.
import { makeApi } from './api.js';
import { described } from './arguments.js';
import { own, utf8Length } from './builtins.js';
import { cacheText } from './cache-text.js';
import { getCatalogue, setCatalogue } from './catalogue.js';
import { refuseArgument, refuseCall } from './errors.js';
import { selectHandlers } from './handlers.js';
import { granted, run, start } from './run.js';

/** @type {Record<string, Function>} */
let handlers = Object.create(null);

// What the library modules of this folder share with the recorder.
runtime.recorder = { described, getCatalogue, granted, own, refuseArgument, refuseCall, run, utf8Length };

// Called once, by the prelude that interlock.worker.prelude makes of the catalogue. It comes after this one, so that its
// data take the room that loading this one left free in the base image.
runtime.setCatalogue = setCatalogue;

// The api object is made before the action's top level runs, which may leave nothing of the globals as it was.
const { prepare } = runtime;
runtime.prepare = (source, setup) => {
  prepare(source, setup);
  const { trigger, mentioned, modules } = /** @type {import('./types.js').Setup} */ (setup);
  run.trigger = trigger;
  run.api = makeApi(trigger, mentioned);
  if (modules) runtime.module('modules').install();
};

runtime.setProgram({
  /** @param {any} exports */
  load(exports) {
    if (!run.evaluate) handlers = selectHandlers(exports, run.trigger);
  },

  /** @param {any} input */
  run(input) {
    start(input);
    if (run.evaluate) handlers = selectHandlers(run.evaluate(), run.trigger);
    const handler = handlers[run.handler];
    return handler ? handler(input.event, run.api) : runtime.module('refusals').refuseMissing(run.trigger, run.handler);
  },

  output() {
    return `{"commands":[${run.commands}],"cache":${cacheText()}}`;
  },
});
