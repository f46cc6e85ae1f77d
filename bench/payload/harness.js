// For engines that have no `api` of their own: the least around an action that runs it and records its commands. An
// engine evaluates `var exports = {};`, the action and this text, calls run(event), runs its promise jobs and reads `out`.
globalThis.run = (event) => {
  const commands = [];
  globalThis.out = null;
  const setCustomClaim = (...args) => commands.push({ method: 'api.accessToken.setCustomClaim', args });
  exports.onExecutePostLogin(event, { accessToken: { setCustomClaim } }).then(
    () => (globalThis.out = { commands }),
    (error) => (globalThis.out = { error: String(error) }),
  );
};
