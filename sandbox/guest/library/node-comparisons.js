// Node's internal comparisons, behind util.isDeepStrictEqual and assert.
import exported from 'node-lib:internal/util/comparisons';
export { exported as 'module.exports' };
