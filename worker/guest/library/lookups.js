// What only the identity provider knows about the user: groups, roles, rules that ran. The answers came with the event.
const { Error, JSONParse, Promise } = runtime.primordials;
const { own, run } = runtime.recorder;

const PAGE = 50;

/** @type {Record<string, import('../types.js').Behaviour>} */
export const behaviours = {
  'api.groups.getUserGroups': (params) =>
    answer('api.groups.getUserGroups', 'groups', (all) => page('groups', all, params)),
  'api.groups.hasGroupMembership': (groups) =>
    answer('api.groups.hasGroupMembership', 'groups', (all) =>
      some(all, (group) => contains(groups, group.id) || contains(groups, group.name)),
    ),
  'api.roles.getUserEffectiveRoles': (params) =>
    answer('api.roles.getUserEffectiveRoles', 'roles', (all) => page('roles', all, params)),
  'api.roles.getUserEffectiveRolesByIds': (ids) =>
    answer('api.roles.getUserEffectiveRolesByIds', 'roles', (all) => ({
      roles: only(all, (role) => contains(ids, role.id)),
    })),
  'api.roles.getUserEffectiveRolesByNames': (names) =>
    answer('api.roles.getUserEffectiveRolesByNames', 'roles', (all) => ({
      roles: only(all, (role) => contains(names, role.name)),
    })),

  'api.rules.wasExecuted': (ruleId) => contains(own(run.state, 'executed_rules') ?? [], ruleId),
};

/**
 * @typedef {import('../types.js').Lookup} Lookup
 * @param {string} method
 * @param {'groups' | 'roles'} kind
 * @param {(all: Lookup[]) => unknown} select
 * @returns {Promise<unknown>} what it selects out of all groups or roles; rejects when the event came without them
 */
function answer(method, kind, select) {
  const known = own(own(run.state, 'lookups'), kind);
  return new Promise((/** @type {(value: unknown) => void} */ resolve) => {
    if (!known) throw runtime.codedError(Error, 'lookup_unavailable', `${method}: ${unavailable(kind)}`);
    resolve(select(only(known, () => true)));
  });
}

/** @param {string} kind @returns {string} */
function unavailable(kind) {
  return `this event came without the user's ${kind}; give them beside it: "lookups": {"${kind}": [{"id": "...", "name": "..."}]}`;
}

/** @param {string} kind @param {Lookup[]} all @param {any} params @returns {unknown} */
function page(kind, all, params) {
  const from = own(params, 'from');
  let start = from === undefined ? 0 : all.length;
  for (let i = 0; i < all.length; i++) if (all[i]?.id === from) start = i;
  const end = start + (own(params, 'take') ?? PAGE);
  /** @type {Lookup[]} */
  const members = [];
  for (let i = start; i < end && i < all.length; i++) members[i - start] = /** @type {Lookup} */ (all[i]);
  return end < all.length ? { [kind]: members, next: all[end]?.id } : { [kind]: members };
}

/**
 * Copies, so that what the action does to one answer is not seen in the next.
 * @param {any[]} all
 * @param {(entry: Lookup) => boolean} test
 * @returns {Lookup[]}
 */
function only(all, test) {
  const found = [];
  for (let i = 0; i < all.length; i++) {
    const entry = typeof all[i] === 'string' ? { id: all[i], name: all[i] } : JSONParse(runtime.jsonText(all[i]));
    if (test(entry)) found[found.length] = entry;
  }
  return found;
}

/** @param {Lookup[]} all @param {(entry: Lookup) => boolean} test @returns {boolean} */
function some(all, test) {
  for (let i = 0; i < all.length; i++) if (test(/** @type {Lookup} */ (all[i]))) return true;
  return false;
}

/** @param {readonly unknown[]} values @param {unknown} value @returns {boolean} */
function contains(values, value) {
  for (let i = 0; i < values.length; i++) if (values[i] === value) return true;
  return false;
}
