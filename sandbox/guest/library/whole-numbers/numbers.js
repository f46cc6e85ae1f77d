// Whole numbers of any size: what Diffie-Hellman and the search for primes compute. In the guest itself, slice by slice like
// everything it does: the host's only way holds up all of its threads for as long as it takes.
import { Buffer } from 'node:buffer';
import { randomBytes } from '../crypto/random.js';

/** @param {Uint8Array} bytes big-endian */
export function numberOf(bytes) {
  return bytes.length ? BigInt(`0x${Buffer.from(bytes).toString('hex')}`) : 0n;
}

/** @param {bigint} number @param {number} [length] at least @returns {any} a Buffer, big-endian */
export function bytesOfNumber(number, length = 1) {
  const hex = number.toString(16);
  return Buffer.from(hex.padStart(Math.max(length * 2, hex.length + (hex.length & 1)), '0'), 'hex');
}

/** @param {bigint} number */
export function bitsOf(number) {
  return number === 0n ? 0 : number.toString(2).length;
}

/** @param {bigint} base @param {bigint} exponent @param {bigint} modulus */
export function power(base, exponent, modulus) {
  let result = 1n % modulus;
  let square = base % modulus;
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = (result * square) % modulus;
    square = (square * square) % modulus;
  }
  return result;
}

/** @param {number} bits @returns {bigint} of at most so many */
export function randomNumber(bits) {
  return numberOf(randomBytes(Math.ceil(bits / 8))) >> BigInt(-bits & 7);
}

/** The Jacobi symbol: 1 or -1, 0 when they have a common factor. @param {bigint} a @param {bigint} n odd */
export function jacobi(a, n) {
  let [top, bottom, sign] = [((a % n) + n) % n, n, 1];
  while (top !== 0n) {
    while ((top & 1n) === 0n) {
      top >>= 1n;
      const rest = bottom & 7n;
      if (rest === 3n || rest === 5n) sign = -sign;
    }
    if ((top & 3n) === 3n && (bottom & 3n) === 3n) sign = -sign;
    [top, bottom] = [bottom % top, top];
  }
  return bottom === 1n ? sign : 0;
}
