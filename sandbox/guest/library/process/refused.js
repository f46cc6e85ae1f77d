// What would end, change or look into the process that runs an action.

/**
 * @param {string} name @param {string} [instead] what to do
 * @returns {() => never}
 */
export function refused(name, instead = 'An action runs in a sandbox that has no process of its own') {
  return () => {
    throw Object.assign(new Error(`process.${name}() is not available: ${instead}`), {
      code: 'ERR_FEATURE_UNAVAILABLE_ON_PLATFORM',
    });
  };
}
