// internal/async_hooks, as far as lib/zlib.js has it.
export const symbols = { owner_symbol: Symbol('owner_symbol') };
