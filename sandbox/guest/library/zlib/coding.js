// One stream of the host's (interlock.sandbox.compute.streams), piece by piece: what it is asked for at once, it gives at
// once, and what does not fit is kept here until there is room. The host knows a stream from its first write to its end.

const { compute } = host;
const { stringify } = JSON;

/** What is given to the host, and asked of it, at once. */
const PIECE_BYTES = 65536;
const NOTHING = new Uint8Array(0);

/** Streams that a program drops without an end, by the number that the host has for them. @type {FinalizationRegistry<{ number: number }>} */
const dropped = new FinalizationRegistry((cell) => closeStream(cell));

/** @typedef {{ kind: string, [option: string]: unknown }} Opening what a stream is opened with */

export class Coding {
  #opening;
  #dictionary;
  /** The host's number of the stream; 0 when it has none. */
  #cell = { number: 0 };
  #opened = false;
  #ready = NOTHING;
  /** There is more to come without any input. */
  #more = false;
  /** How hard the packer was last asked to put out what it has, since bytes came in. */
  #flushed = 0;
  ended = false;

  /** @param {Opening} opening @param {Uint8Array} [dictionary] */
  constructor(opening, dictionary) {
    this.#opening = opening;
    this.#dictionary = dictionary;
    dropped.register(this, this.#cell);
  }

  /**
   * Takes as much of the input, and fills as much of the output, as can be. An error of the host's has its code.
   * @param {number} flush of the last byte, as the format's header counts
   * @param {Uint8Array} input @param {Uint8Array} output
   * @returns {{ read: number, written: number }}
   */
  write(flush, input, output) {
    let read = 0;
    let written = 0;
    for (;;) {
      const part = this.#ready.subarray(0, output.length - written);
      output.set(part, written);
      written += part.length;
      this.#ready = this.#ready.subarray(part.length);
      if (this.#ready.length || written === output.length || this.ended) break;
      const piece =
        this.#more && this.#opening.kind === 'unbrotli' ? NOTHING : input.subarray(read, read + PIECE_BYTES);
      const last = read + piece.length === input.length;
      if (piece.length === 0 && !this.#more && !(last && this.#isDue(flush))) break;
      read += this.#step(last ? flush : 0, piece);
    }
    return { read, written };
  }

  /** @param {number} level @param {number} strategy */
  tune(level, strategy) {
    this.#opening = { ...this.#opening, level, strategy };
    if (!this.#cell.number) return;
    const { data } = compute('stream.tune', stringify({ stream: this.#cell.number, level, strategy }));
    this.#ready = joined(this.#ready, data[0]);
  }

  /** Begins anew, with the same parameters. */
  reset() {
    this.close();
    this.#ready = NOTHING;
    this.#opened = this.#more = this.ended = false;
    this.#flushed = 0;
  }

  close() {
    closeStream(this.#cell);
  }

  /** Whether a packer has to be asked once more without any input: as zlib itself answers a flush that repeats one. @param {number} flush */
  #isDue(flush) {
    return /^(?:deflate|brotli)$/.test(this.#opening.kind) && rank(flush) > rank(this.#flushed);
  }

  /** @param {number} flush @param {Uint8Array} piece @returns {number} how much of it was taken */
  #step(flush, piece) {
    const { number } = this.#cell;
    if (this.#opened && !number) throw Object.assign(new Error('the stream is closed'), { code: 'bad_request' });
    const about = { ...(number ? { stream: number } : { open: this.#opening }), flush, most: PIECE_BYTES };
    const dictionary = number ? undefined : this.#dictionary;
    this.#opened = true;
    const { value, data } = dictionary
      ? compute('stream.write', stringify(about), piece, dictionary)
      : compute('stream.write', stringify(about), piece);
    this.#cell.number = value.stream;
    this.#flushed = flush;
    this.#more = value.more;
    this.ended = value.done;
    this.#ready = data[0];
    return value.used;
  }
}

/** @param {{ number: number }} cell */
function closeStream(cell) {
  const { number } = cell;
  cell.number = 0;
  if (number) compute('stream.close', stringify({ stream: number }));
}

/** zlib's own order of its kinds of flush (deflate.c, RANK); Brotli's stand in theirs. @param {number} flush */
function rank(flush) {
  return flush * 2 - (flush > 4 ? 9 : 0);
}

/** @param {Uint8Array<ArrayBuffer>} a @param {Uint8Array<ArrayBuffer>} b */
function joined(a, b) {
  const whole = new Uint8Array(a.length + b.length);
  whole.set(a);
  whole.set(b, a.length);
  return whole;
}
