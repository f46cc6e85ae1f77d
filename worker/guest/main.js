// The worker's prelude: makes an action's module a handler of its trigger, gives it the event and `api`, and hands the
// recorded commands back.
import { apiOf, makeApis, prepareMethods } from './api.js';
import { cacheText } from './behaviours/cache.js';
import { setCatalogue } from './catalogue.js';
import { refuseMissing, selectHandlers } from './handlers.js';
import { run, start } from './run.js';

/** @type {Record<string, Function>} */
let handlers = Object.create(null);

// Called once, by the prelude that interlock.worker.prelude makes of the catalogue. It comes after this one, so that its
// objects take the room that loading this one left free in the base image.
/** @param {import('./types.js').Catalogue} data */
runtime.setCatalogue = (data) => {
  setCatalogue(data);
  makeApis();
};

runtime.setProgram({
  /** @param {any} exports @param {any} setup */
  load(exports, setup) {
    const { trigger, modules, mentioned } = /** @type {import('./types.js').Setup} */ (setup);
    run.trigger = trigger;
    run.api = apiOf(trigger);
    handlers = selectHandlers(exports, trigger);
    // What the action will surely need is evaluated now, so that it is part of the frozen image.
    if (modules) for (let i = 0; i < modules.length; i++) runtime.module(/** @type {string} */ (modules[i]));
    if (mentioned) prepareMethods(trigger, mentioned);
  },

  /** @param {any} input */
  run(input) {
    start(input);
    const handler = handlers[run.handler];
    if (!handler) return refuseMissing(run.trigger, run.handler);
    return handler(input.event, run.api);
  },

  output() {
    return `{"commands":[${run.commands}],"cache":${cacheText()}}`;
  },
});
