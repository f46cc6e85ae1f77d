// Node's internal/options: there is no command line.

export function getOptionValue() {
  return undefined;
}
