// What only the identity provider knows about the user: groups, roles, rules that ran. The answers came with the event, or
// the host asks for them when an action does: one host operation of kind "lookup", once a run for groups and for roles.
const { Error, JSONParse, Promise } = runtime.primordials;
const { own, run } = runtime.recorder;

const PAGE = 50;

/**
 * @typedef {{ over: boolean, ok: boolean, value: any, waiting: ((ok: boolean, value: any) => void)[] }} Asked
 * @type {{ groups: Asked | null, roles: Asked | null }} what the host was asked for in this run
 */
const asked = { groups: null, roles: null };

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
 * @returns {Promise<unknown>} what it selects out of all groups or roles; rejects when nobody could say them
 */
function answer(method, kind, select) {
  return new Promise((resolve, reject) => {
    ask(kind, (ok, value) => {
      if (ok) resolve(select(only(value, () => true)));
      else reject(runtime.codedError(Error, value.code, `${method}: ${value.message}`));
    });
  });
}

/**
 * @param {'groups' | 'roles'} kind
 * @param {(ok: boolean, value: any) => void} settle given all of them, or {code, message} of why there are none
 */
function ask(kind, settle) {
  const known = own(own(run.state, 'lookups'), kind);
  const before = asked[kind];
  if (known) settle(true, known);
  else if (before?.over) settle(before.ok, before.value);
  else if (before) before.waiting[before.waiting.length] = settle;
  else {
    /** @type {Asked} */
    const asking = { over: false, ok: false, value: null, waiting: [settle] };
    asked[kind] = asking;
    runtime.startOperation('lookup', `{"kind":"${kind}"}`, (ok, value) => {
      asking.over = true;
      asking.ok = ok;
      asking.value = value;
      for (let i = 0; i < asking.waiting.length; i++) /** @type {any} */ (asking.waiting[i])(ok, value);
    });
  }
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
