// Internals of Node's that nothing here reaches.
export {};
