// console.table as Node draws it: https://nodejs.org/api/console.html#consoletabletabulardata-properties
import * as types from './inspect/types.js';

const INDEX = '(index)';
const ITERATION_INDEX = '(iteration index)';
const KEY = 'Key';
const VALUES = 'Values';

/**
 * @param {object} rows
 * @param {readonly string[] | undefined} columns the properties to show
 * @returns {string}
 */
export function table(rows, columns) {
  const { inspect } = runtime.module('inspect');
  /** @param {unknown} value */
  const shown = (value) => {
    const isDeep =
      typeof value === 'object' &&
      value !== null &&
      (Array.isArray(value) ? value.length > 2 : Object.keys(value).length > 2);
    return inspect(value, { maxArrayLength: 3, breakLength: Infinity, colors: false, depth: isDeep ? -1 : 0 });
  };
  if (types.isMap(rows)) {
    const entries = [.../** @type {Map<unknown, unknown>} */ (rows)];
    return draw(
      [ITERATION_INDEX, KEY, VALUES],
      entries.map(([key, value], i) => [String(i), shown(key), shown(value)]),
    );
  }
  if (types.isSet(rows)) {
    const values = [.../** @type {Set<unknown>} */ (rows)];
    return draw(
      [ITERATION_INDEX, VALUES],
      values.map((value, i) => [String(i), shown(value)]),
    );
  }
  return drawRecords(/** @type {Record<string, any>} */ (rows), columns, shown);
}

/** @param {Record<string, any>} rows @param {readonly string[] | undefined} columns @param {(value: unknown) => string} shown */
function drawRecords(rows, columns, shown) {
  const names = new Set(columns);
  let hasValues = false;
  for (const row of Object.values(rows)) {
    if (typeof row !== 'object' || row === null) hasValues = true;
    else if (!columns) for (const name of Object.keys(row)) names.add(name);
  }
  const head = [INDEX, ...names, ...(hasValues ? [VALUES] : [])];
  const lines = Object.entries(rows).map(([index, row]) => {
    const isRecord = typeof row === 'object' && row !== null;
    const cells = [...names].map((name) => (isRecord && Object.hasOwn(row, name) ? shown(row[name]) : ''));
    return [index, ...cells, ...(hasValues ? [isRecord ? '' : shown(row)] : [])];
  });
  return draw(head, lines);
}

/** @param {string[]} head @param {string[][]} lines */
function draw(head, lines) {
  const widths = head.map((name, i) => Math.max(name.length, ...lines.map((line) => line[i].length)) + 2);
  /** @param {string[]} cells */
  const row = (cells) => `│${cells.map((cell, i) => ` ${cell.padEnd(widths[i] - 1)}`).join('│')}│`;
  /** @param {string} left @param {string} middle @param {string} right */
  const rule = (left, middle, right) => left + widths.map((width) => '─'.repeat(width)).join(middle) + right;
  return [rule('┌', '┬', '┐'), row(head), rule('├', '┼', '┤'), ...lines.map(row), rule('└', '┴', '┘')].join('\n');
}
