// process.nextTick is that of Node's own files: one queue.
export const { nextTick } = runtime.module('node-bindings');
