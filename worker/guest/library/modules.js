// Modules of an action: its script calls this with a function for each, and one for itself. `actions.secrets` of a module is
// what the run brought for it, so it can only be read while one is on. Code whose top level reads it is evaluated again
// when the run begins.
const { Error, JSONParse, ObjectCreate, ObjectDefineProperty, ObjectFreeze, ReflectApply } = runtime.primordials;
const { StringPrototypeSlice, StringPrototypeStartsWith } = runtime.primordials;
const { own, run } = runtime.recorder;

const NAME = '$interlockModules';
const PREFIX = 'actions:';

/** Gives the script what it calls, which is gone before any code of an author runs. */
export function install() {
  ObjectDefineProperty(globalThis, NAME, /** @type {any} */ ({ __proto__: null, value: join, configurable: true }));
}

/**
 * @param {{ exports: unknown }} module the action's
 * @param {(name: unknown) => unknown} require
 * @param {Record<string, Function>} modules
 * @param {Function} main
 */
function join(module, require, modules, main) {
  // @ts-expect-error -- made above, and configurable
  delete globalThis[NAME];
  let asked = false;

  /** @param {{ exports: unknown }} into */
  const evaluate = (into) => {
    /** @type {Record<string, { exports: unknown }>} */
    const made = ObjectCreate(null);
    /** @param {unknown} name */
    const find = (name) => {
      if (typeof name !== 'string' || !StringPrototypeStartsWith(name, PREFIX)) return require(name);
      const known = StringPrototypeSlice(name, PREFIX.length);
      const maker = own(modules, known);
      if (!maker) return require(name);
      let found = made[known];
      if (!found) {
        found = made[known] = { exports: {} };
        ReflectApply(maker, found.exports, [found, found.exports, require, actionsOf(known)]);
      }
      return found.exports;
    };
    ReflectApply(main, into.exports, [into, into.exports, find]);
  };

  /** @param {string} name */
  const actionsOf = (name) => {
    const actions = {};
    /** @type {unknown} */
    let secrets;
    ObjectDefineProperty(
      actions,
      'secrets',
      /** @type {any} */ ({
        __proto__: null,
        enumerable: true,
        get() {
          if (!run.state) {
            asked = true;
            throw new Error(`actions.secrets of ${PREFIX}${name} is there once a run begins`);
          }
          secrets ??= ObjectFreeze(JSONParse(runtime.jsonText(own(own(run.state, 'modules'), name) ?? {})));
          return secrets;
        },
      }),
    );
    return ObjectFreeze(actions);
  };

  try {
    evaluate(module);
  } catch (error) {
    if (!asked) throw error;
  }
  if (asked) {
    run.evaluate = () => {
      const again = { exports: {} };
      evaluate(again);
      return again.exports;
    };
  }
}
