// Points whose small multiples are nothing: a signature under such a key fits any message.
// https://wicg.github.io/webcrypto-secure-curves/#ed25519-operations (verify, steps 4 and 6), and the same for Ed448.

/**
 * Encodings of their y-coordinates, without the sign of x; for Ed25519 those that are not reduced among them.
 * @type {Record<string, string[]>}
 */
const SMALL_ORDER = {
  Ed25519: [
    '00'.repeat(32),
    `01${'00'.repeat(31)}`,
    '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
    'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
    `ec${'ff'.repeat(30)}7f`,
    `ed${'ff'.repeat(30)}7f`,
    `ee${'ff'.repeat(30)}7f`,
  ],
  Ed448: ['00'.repeat(57), `01${'00'.repeat(56)}`, `fe${'ff'.repeat(27)}fe${'ff'.repeat(27)}00`],
};
const SIZE = /** @type {Record<string, number>} */ ({ Ed25519: 32, Ed448: 57 });

/** @param {string} name of the algorithm @param {Uint8Array} spki whose end is the key @param {Uint8Array} signature which begins with a point */
export function hasSmallOrder(name, spki, signature) {
  const size = SIZE[name];
  return isSmall(name, spki.slice(-size)) || isSmall(name, signature.slice(0, size));
}

/** @param {string} name @param {Uint8Array} point */
function isSmall(name, point) {
  point[point.length - 1] &= 0x7f;
  return SMALL_ORDER[name].includes(/** @type {any} */ (point).toHex());
}
