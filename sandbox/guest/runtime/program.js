// The life of one run: enter, promise jobs, leave. What an action is and what comes out of it is the program's, which a
// later prelude may set.
import { console } from './console.js';
import { codedError, describe } from './errors.js';
import { checked, done, loaded } from './messages.js';
import { complete, countOutstanding, report } from './operations.js';
import { plainProgram } from './plain-program.js';
import { Error, ReflectApply } from './primordials.js';
import { takeUnhandled } from './rejections.js';
import { require } from './require.js';

const IDLE = 0;
const RUNNING = 1;
const OVER = 2;

const { note } = host;

let state = IDLE;
let output = 'null';
let error = 'null';
/** Completions of this entry that wait for the promise jobs of those before them. @type {import('./messages.js').Completion[]} */
let completions = [];
let next = 0;
/** @type {Program} */
let program = plainProgram;

/** @type {unknown} */
let setup = null;

/** @param {unknown} value */
export function setSetup(value) {
  setup = value;
}

/** Runs what process.nextTick was given, once there is such a module. @type {(() => boolean) | undefined} */
let ticks;

/** @param {() => boolean} run */
export function setTicks(run) {
  ticks = run;
}

/** @param {Program} replacement */
export function setProgram(replacement) {
  program = replacement;
}

/**
 * Evaluates an action's top level as a CommonJS module.
 * @param {Function} action its source, compiled as a function of (module, exports, require, console)
 */
export function load(action) {
  const module = { exports: {} };
  ReflectApply(action, module.exports, [module, module.exports, require, console]);
  program.load(module.exports, setup);
  runTicks();
}

/**
 * Called at each entry. One completion at a time: Node runs the promise jobs of a timer before the next timer.
 * @param {unknown} message
 */
export function enter(message) {
  const entry = checked(message);
  if (entry.type === 'start') {
    if (state === IDLE) {
      state = RUNNING;
      run(entry.input);
      runTicks();
    }
  } else {
    completions = entry.completions;
    next = 0;
    advance();
  }
}

/**
 * Called when the job queue is empty.
 * @returns {string | undefined} the guest message; undefined when there are promise jobs to run again
 */
export function leave() {
  if (runTicks()) return undefined;
  const unhandled = takeUnhandled();
  if (unhandled) fail(unhandled.reason);
  if (state === IDLE) return loaded(error, countOutstanding());
  if (state === RUNNING) {
    if (next < completions.length) {
      advance();
      return undefined;
    }
    if (countOutstanding() > 0) return report();
    fail(
      codedError(
        Error,
        'never_settled',
        'The promise of the action can never settle: nothing is left that it could wait for',
      ),
    );
  }
  return done(output, error);
}

/**
 * An exception that nothing caught fails the run, also after it has ended well.
 * @param {unknown} thrown
 */
export function fail(thrown) {
  note(thrown);
  if (error !== 'null') return;
  if (state !== IDLE) state = OVER;
  output = outputText(undefined, true);
  error = describe(thrown);
}

/** @param {unknown} input */
async function run(input) {
  try {
    finish(await program.run(input));
  } catch (thrown) {
    fail(thrown);
  }
}

/** @param {unknown} value */
function finish(value) {
  if (state !== RUNNING) return;
  output = outputText(value, false);
  state = OVER;
}

function advance() {
  const completion = completions[next++];
  try {
    if (state === RUNNING && completion) complete(completion);
  } catch (thrown) {
    fail(thrown); // a timer's callback
  }
  runTicks();
}

/** Before the promise jobs that wait, as in Node. @returns {boolean} whether there was any */
function runTicks() {
  if (!ticks) return false;
  try {
    return ticks();
  } catch (thrown) {
    fail(thrown);
    return true;
  }
}

/** @param {unknown} value @param {boolean} failed */
function outputText(value, failed) {
  const text = program.output(value, failed);
  return typeof text === 'string' ? text : 'null';
}
