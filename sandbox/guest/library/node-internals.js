// Node's internal modules that several of its public ones share: errors, validators, util. They exist once, as
// `runtime.module('node-internals').internals`.
import assert from 'node-lib:internal/assert';
import errors from 'node-lib:internal/errors';
import abortListener from 'node-lib:internal/events/abort_listener';
import symbols from 'node-lib:internal/events/symbols';
import * as options from './node/options.js';
import util from 'node-lib:internal/util';
import debuglog from 'node-lib:internal/util/debuglog';
import * as inspect from './node/inspection.js';
import types from 'node-lib:internal/util/types';
import validators from 'node-lib:internal/validators';

debuglog.initializeDebugEnv('');

/** By Node's names. */
export const internals = {
  'internal/assert': assert,
  'internal/errors': errors,
  'internal/events/abort_listener': abortListener,
  'internal/events/symbols': symbols,
  'internal/options': options,
  'internal/util': util,
  'internal/util/debuglog': debuglog,
  'internal/util/inspect': inspect,
  'internal/util/types': types,
  'internal/validators': validators,
};

/** What is thrown for a thing that a guest does not have. @param {string} code @param {string} message */
export function refusal(code, message) {
  return Object.assign(new Error(message), { code });
}
