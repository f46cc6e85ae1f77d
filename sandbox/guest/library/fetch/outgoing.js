// What the guest asks for between two waits goes to the host as one message, whose size has a bound. Who has much to send
// waits here until what was asked for before has gone out.

const MOST = 3 << 19;

/** What is asked for and may not have gone out. @type {Set<{ size: number }>} */
let charges = new Set();
let unsent = 0;
/** @type {Promise<void> | null} */
let flushing = null;

/**
 * @param {number} size characters of an operation's arguments
 * @returns {Promise<() => void>} to call when the operation is settled: then it had gone out
 */
export async function room(size) {
  while (unsent > 0 && unsent + size > MOST) await flush();
  const charge = { size };
  charges.add(charge);
  unsent += size;
  return () => settle(charge);
}

/** @param {{ size: number }} charge */
function settle(charge) {
  if (charges.delete(charge)) unsent -= charge.size;
}

/** A wait of no time: whatever was asked for before it goes out with it. @returns {Promise<void>} */
function flush() {
  flushing ??= new Promise((resolve) => {
    const before = [...charges];
    runtime.startOperation('timer', '{"ms":0}', () => {
      flushing = null;
      before.forEach(settle);
      resolve();
    });
  });
  return flushing;
}
