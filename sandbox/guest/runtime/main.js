// The sandbox's prelude, evaluated once when the base image is made. The order of this file is the order of loading.
import * as primordials from './primordials.js';
import { jsonText } from './json.js';
import { library } from './library.js';
import { installStacks, stackText } from './stacks.js';
import { codedError, describe } from './errors.js';
import * as context from './context.js';
import { invalidArgument } from './node-errors.js';
import { cancel, operation, start } from './operations.js';
import { rejected } from './rejections.js';
import { console } from './console.js';
import { builtinModules, isBuiltin, require } from './require.js';
import { install, lazy } from './globals.js';
import { enter, fail, leave, load, setProgram, setTicks } from './program.js';
import { prepare } from './prepare.js';

installStacks();
install();

// For the engine's C file: it holds on to these functions, whatever later happens to the object.
Object.assign(runtime, { prepare, load, enter, leave, rejected, uncaught: fail });
// For the preludes after this one.
Object.assign(runtime, {
  builtinModules: Object.freeze(builtinModules),
  cancelOperation: cancel,
  codedError,
  console,
  context: Object.freeze({ get: context.get, set: context.set }),
  describe,
  invalidArgument,
  isBuiltin,
  jsonText,
  lazy,
  module: library,
  operation,
  primordials: Object.freeze({ __proto__: null, ...primordials }),
  require,
  setProgram,
  setTicks,
  stackText,
  startOperation: start,
});
