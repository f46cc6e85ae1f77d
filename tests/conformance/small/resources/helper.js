// Takes itself for a module where it sees one, as many packages do.
(function (root, make) {
  if (typeof exports === 'object' && typeof module === 'object') module.exports = make();
  else root.double = make();
})(globalThis, () => (number) => number * 2);
