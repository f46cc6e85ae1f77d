// The actor chain of a token exchange (RFC 8693, section 4.1), bounded.
const { ArrayIsArray, ObjectHasOwn, ObjectKeys } = runtime.primordials;
const { described, refuseArgument } = runtime.recorder;

const ACTOR_LEVELS = 5;
const ACTOR_PROPERTIES = 5;
const ACTOR_CHARACTERS = 64;

/** @type {Record<string, import('../types.js').Behaviour>} */
export const behaviours = {
  'api.authentication.setActor'(actor) {
    checkActor(actor, 'actor', 1);
  },
};

/** @param {any} actor @param {string} path @param {number} level */
function checkActor(actor, path, level) {
  const method = 'api.authentication.setActor';
  if (level > ACTOR_LEVELS) refuseArgument(method, path, `is nested deeper than ${ACTOR_LEVELS} levels`);
  if (typeof actor !== 'object' || actor === null || ArrayIsArray(actor))
    refuseArgument(method, path, `must be an object, not ${described(actor)}`);
  if (!ObjectHasOwn(actor, 'sub')) refuseArgument(method, `${path}.sub`, 'is missing');
  if (typeof actor.sub !== 'string' || !actor.sub)
    refuseArgument(method, `${path}.sub`, `must be a string that is not empty`);
  const keys = ObjectKeys(actor);
  let more = 0;
  for (let i = 0; i < keys.length; i++) {
    const key = /** @type {string} */ (keys[i]);
    if (key === 'sub') continue;
    if (key === 'act') checkActor(actor.act, `${path}.act`, level + 1);
    else checkProperty(method, `${path}.${key}`, key, actor[key], ++more);
  }
}

/** @param {string} method @param {string} path @param {string} key @param {any} value @param {number} position */
function checkProperty(method, path, key, value, position) {
  if (position > ACTOR_PROPERTIES)
    refuseArgument(method, path, `is one more than ${ACTOR_PROPERTIES} properties beside sub and act`);
  if (typeof value === 'object' && value !== null)
    refuseArgument(method, path, `must be a string, a number or a boolean, not ${described(value)}`);
  if (key.length > ACTOR_CHARACTERS || (typeof value === 'string' && value.length > ACTOR_CHARACTERS)) {
    refuseArgument(method, path, `has more than ${ACTOR_CHARACTERS} characters`);
  }
}
