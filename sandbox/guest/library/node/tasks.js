// Node's internal/process/task_queues.
export const { queueMicrotask } = globalThis;
