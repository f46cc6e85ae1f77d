// Node's internal/errors/error_source: the source of an action is not part of its image.

/** @returns {undefined} the text of the expression that assert.ok was given */
export function getErrorSourceExpression() {
  return undefined;
}
