// What one run is. An instance does one run, so this is all the state there is; it is filled when the run starts.
import { own } from './builtins.js';

/**
 * @type {{
 *   trigger: string, api: object | undefined, handler: string, commands: string,
 *   request: any, user: any, transaction: any, session: any, refreshToken: any,
 *   state: import('./types.js').Input['state'], suspension: string,
 *   cache: Record<string, import('./types.js').CacheEntry> | undefined, evaluate: (() => unknown) | undefined,
 * }}
 */
export const run = Object.assign(Object.create(null), {
  trigger: '',
  api: undefined,
  handler: '',
  /** JSON texts of the commands so far, joined by commas: text cannot be changed from behind. */
  commands: '',
  // Parts of the event as the handler receives it. An action may write into its copy: that fools nobody but itself, and
  // the worker checks the commands against the event that it sent.
  request: undefined,
  user: undefined,
  transaction: undefined,
  session: undefined,
  refreshToken: undefined,
  state: undefined,
  /** The method that will suspend the flow by leaving the login page, of which there can be one kind. */
  suspension: '',
  /** The cache once the action has touched it, without a prototype. */
  cache: undefined,
  /** Gives what the action exports, when that cannot be known before a run brings secrets of its modules. */
  evaluate: undefined,
});

/**
 * How much of something there may be: what the release says, or else what is usual.
 * @param {string | undefined} name
 * @param {number} usual
 * @returns {number}
 */
export function granted(name, usual) {
  const limits = name && run.state ? own(run.state, 'limits') : undefined;
  return (limits && own(limits, /** @type {string} */ (name))) ?? usual;
}

/** @param {import('./types.js').Input} input */
export function start({ handler, event, state }) {
  run.handler = handler;
  run.commands = '';
  run.request = event.request;
  run.user = event.user;
  run.transaction = event.transaction;
  run.session = event.session;
  run.refreshToken = event.refresh_token;
  run.state = state;
  run.suspension = '';
  run.cache = undefined;
}
