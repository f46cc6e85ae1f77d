// What AsyncLocalStorage (library/async_hooks.js) keeps for the code that runs now. The engine takes it along with promises,
// operations.js with host operations.
const { context: get, setContext: set } = host;
export { get, set };
