// Node's internal/repl/history: there is no terminal whose lines could be remembered.

export class ReplHistory {
  /** @type {string[]} */
  history = [];
  index = -1;
  size = 0;
  isFlushing = false;

  initialize() {}
}
