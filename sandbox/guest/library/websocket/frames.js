// The frames of https://www.rfc-editor.org/rfc/rfc6455#section-5, as a client sends and receives them.

export const CONTINUATION = 0;
export const TEXT = 1;
export const BINARY = 2;
export const CLOSE = 8;
export const PING = 9;
export const PONG = 10;

/** Of one message, whatever number of frames it comes in. A run has 64 MiB for everything. */
export const MOST_MESSAGE_BYTES = 16 << 20;

const MOST_CONTROL_BYTES = 125;
const NOTHING = new Uint8Array(0);

/** Why a connection fails: the status code of its close frame. */
export class ProtocolError extends Error {
  /** @param {number} code @param {string} message */
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

/** @param {number} opcode @param {Uint8Array} payload @returns {Uint8Array} one masked, final frame */
export function frame(opcode, payload) {
  const { length } = payload;
  const size = length < 126 ? 2 : length < 65536 ? 4 : 10;
  const bytes = new Uint8Array(size + 4 + length);
  const view = new DataView(bytes.buffer);
  bytes[0] = 0x80 | opcode;
  bytes[1] = 0x80 | (size === 2 ? length : size === 4 ? 126 : 127);
  if (size === 4) view.setUint16(2, length);
  if (size === 10) view.setBigUint64(2, BigInt(length));
  const mask = bytes.subarray(size, size + 4);
  host.random(mask);
  const start = size + 4;
  for (let i = 0; i < length; i++) bytes[start + i] = payload[i] ^ mask[i & 3];
  return bytes;
}

/** Makes messages of a server's bytes, however they are cut. */
export class Reader {
  /** @type {Uint8Array} bytes that are no frame yet */
  #rest = NOTHING;
  /** @type {Uint8Array[]} frames of a message that goes on */
  #parts = [];
  #size = 0;
  #opcode = CONTINUATION;
  /** @type {Uint8Array[]} chunks that wait until a large frame is whole */
  #chunks = [];
  #waiting = 0;
  #needed = 2;

  /**
   * @param {Uint8Array} chunk
   * @param {(opcode: number, payload: Uint8Array) => boolean} take a whole message or control frame; false to stop
   * @throws {ProtocolError}
   */
  read(chunk, take) {
    this.#chunks.push(chunk);
    this.#waiting += chunk.length;
    if (this.#waiting < this.#needed) return;
    this.#rest = joined(this.#chunks, this.#waiting);
    let at = 0;
    for (;;) {
      const found = this.#frame(at);
      if (typeof found === 'number') {
        this.#needed = found;
        break;
      }
      at = found.end;
      const payload = this.#rest.subarray(found.start, found.end);
      if (!this.#message(found.final, found.opcode, payload, take)) return;
    }
    const left = this.#rest.subarray(at);
    this.#chunks = [left];
    this.#waiting = left.length;
  }

  /** The frame at an offset, or how many bytes are needed from there. @param {number} at */
  #frame(at) {
    const bytes = this.#rest;
    const have = bytes.length - at;
    if (have < 2) return 2;
    const opcode = bytes[at] & 0x0f;
    const final = bytes[at] >= 0x80;
    if (bytes[at] & 0x70) throw new ProtocolError(1002, 'A frame has reserved bits');
    if (bytes[at + 1] & 0x80) throw new ProtocolError(1002, "A server's frame is masked");
    let length = bytes[at + 1];
    if (opcode >= CLOSE && (length > MOST_CONTROL_BYTES || !final)) {
      throw new ProtocolError(1002, 'A control frame is too long or in pieces');
    }
    let size = 2;
    if (length >= 126) {
      size = length === 126 ? 4 : 10;
      if (have < size) return size;
      const view = new DataView(bytes.buffer, bytes.byteOffset + at);
      const long = size === 4 ? BigInt(view.getUint16(2)) : view.getBigUint64(2);
      if (long < (size === 4 ? 126n : 65536n)) throw new ProtocolError(1002, 'The length of a frame is not minimal');
      if (long > BigInt(MOST_MESSAGE_BYTES)) throw tooBig();
      length = Number(long);
    }
    if (opcode < CLOSE && this.#size + length > MOST_MESSAGE_BYTES) throw tooBig();
    if (have < size + length) return size + length;
    return { opcode, final, start: at + size, end: at + size + length };
  }

  /**
   * @param {boolean} final @param {number} opcode @param {Uint8Array} payload
   * @param {(opcode: number, payload: Uint8Array) => boolean} take
   */
  #message(final, opcode, payload, take) {
    if (opcode >= CLOSE) {
      if (opcode > PONG) throw new ProtocolError(1002, 'An unknown control frame');
      return take(opcode, payload);
    }
    if (opcode > BINARY) throw new ProtocolError(1002, 'An unknown kind of frame');
    if ((opcode === CONTINUATION) !== (this.#opcode !== CONTINUATION)) {
      throw new ProtocolError(1002, 'A message begins in the middle of another one, or goes on without a beginning');
    }
    if (opcode !== CONTINUATION) this.#opcode = opcode;
    // Empty pieces without end would be an endless list.
    if (payload.length > 0) this.#parts.push(payload.slice());
    this.#size += payload.length;
    if (!final) return true;
    const message = joined(this.#parts, this.#size);
    const kind = this.#opcode;
    this.#parts = [];
    this.#size = 0;
    this.#opcode = CONTINUATION;
    return take(kind, message);
  }
}

/** @param {Uint8Array[]} parts @param {number} size @returns {Uint8Array} */
function joined(parts, size) {
  if (parts.length === 1) return parts[0];
  const whole = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function tooBig() {
  return new ProtocolError(1009, `A message has more than ${MOST_MESSAGE_BYTES >> 20} MiB`);
}
