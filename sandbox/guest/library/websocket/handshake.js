// The opening handshake of a client: https://www.rfc-editor.org/rfc/rfc6455#section-4.1
import { sha1 } from '@noble/hashes/legacy.js';

const { textOf } = runtime.module('network');
const { utf8Encode } = host;

const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
const MOST_HEAD = 16 << 10;
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;
/** What the protocol itself says. */
const OURS = /^(?:host|connection|upgrade|content-length|transfer-encoding|sec-websocket-.*)$/i;

export class Handshake {
  #key;
  #protocols;
  #head = '';

  /** @param {string[]} protocols */
  constructor(protocols) {
    const random = new Uint8Array(16);
    host.random(random);
    this.#key = textOf(random);
    this.#protocols = protocols;
  }

  /** @param {any} url the URL @param {[string, string][]} headers of the caller's own @returns {Uint8Array} */
  request(url, headers) {
    const lines = [
      `GET ${url.pathname}${url.search} HTTP/1.1`,
      `Host: ${url.host}`,
      'Connection: Upgrade',
      'Upgrade: websocket',
      'Sec-WebSocket-Version: 13',
      `Sec-WebSocket-Key: ${this.#key}`,
    ];
    if (this.#protocols.length > 0) lines.push(`Sec-WebSocket-Protocol: ${this.#protocols.join(', ')}`);
    for (const [name, value] of headers) {
      if (!TOKEN.test(name) || !VALUE.test(value) || OURS.test(name))
        throw new TypeError(`Not a header to send: ${name}`);
      lines.push(`${name}: ${value}`);
    }
    return Uint8Array.from(`${lines.join('\r\n')}\r\n\r\n`, (character) => character.charCodeAt(0));
  }

  /**
   * @param {any} chunk a Buffer
   * @returns {{ protocol: string, rest: Uint8Array } | undefined} undefined until the answer is whole
   * @throws {Error} that says what is wrong with the answer
   */
  answer(chunk) {
    const before = this.#head.length;
    this.#head += chunk.toString('latin1', 0, MOST_HEAD);
    const end = this.#head.indexOf('\r\n\r\n');
    if (end < 0) {
      if (this.#head.length >= MOST_HEAD) throw new Error('The answer to the opening handshake is too long');
      return undefined;
    }
    const [status, ...lines] = this.#head.slice(0, end).split('\r\n');
    if (!/^HTTP\/1\.1 101(?: |$)/.test(status)) {
      const [, code] = /^HTTP\/1\.[01] (\d{3})(?: |$)/.exec(status) ?? [];
      throw new Error(code ? `Unexpected server response: ${code}` : 'The server does not speak HTTP/1.1');
    }
    return { protocol: this.#check(lines), rest: chunk.subarray(end + 4 - before) };
  }

  /** @param {string[]} lines */
  #check(lines) {
    /** @type {Map<string, string>} */
    const headers = new Map();
    for (const line of lines) {
      const [, name, value] = /^([^:\s]+):[\t ]*(.*?)[\t ]*$/.exec(line) ?? [];
      if (name === undefined) throw new Error('The answer to the opening handshake has a line that is no header');
      const lower = name.toLowerCase();
      headers.set(lower, headers.has(lower) ? `${headers.get(lower)}, ${value}` : value);
    }
    const connection = (headers.get('connection') ?? '').toLowerCase().split(/[\t ]*,[\t ]*/);
    if (headers.get('upgrade')?.toLowerCase() !== 'websocket' || !connection.includes('upgrade')) {
      throw new Error('The server did not upgrade to WebSocket');
    }
    const expected = textOf(sha1(utf8Encode(this.#key + GUID)));
    if (headers.get('sec-websocket-accept') !== expected) throw new Error('Invalid Sec-WebSocket-Accept header');
    if (headers.has('sec-websocket-extensions')) throw new Error('The server chose an extension that was not offered');
    const protocol = headers.get('sec-websocket-protocol');
    if (protocol !== undefined && !this.#protocols.includes(protocol)) {
      throw new Error('The server chose a subprotocol that was not offered');
    }
    return protocol ?? '';
  }
}

/** @param {unknown} value @returns {string[]} @throws {DOMException} */
export function checkedProtocols(value) {
  const protocols = (Array.isArray(value) ? value : value === undefined ? [] : [value]).map(String);
  const lower = new Set(protocols.map((protocol) => protocol.toLowerCase()));
  if (lower.size < protocols.length || !protocols.every((protocol) => TOKEN.test(protocol))) {
    throw new DOMException('The subprotocols are not names, or one is there twice', 'SyntaxError');
  }
  return protocols;
}
