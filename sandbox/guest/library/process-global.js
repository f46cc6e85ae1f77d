// The global `process`.
export const process = runtime.module('process');
