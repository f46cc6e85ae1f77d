// https://nodejs.org/api/crypto.html: Diffie-Hellman over whole numbers, and primes. Apart from the module `crypto`, since
// hardly any action asks for them.
export { DiffieHellman, DiffieHellmanGroup } from './whole-numbers/diffie-hellman.js';
export { checkPrime, checkPrimeSync, generatePrime, generatePrimeSync } from './whole-numbers/primes.js';
