// IP addresses: https://nodejs.org/api/net.html#class-netblocklist
const { nodeError } = runtime.module('network');

const BYTE = '(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)';
const IPV4 = new RegExp(`^${BYTE}(?:\\.${BYTE}){3}$`);

/** @param {unknown} text */
export function isIPv4(text) {
  return IPV4.test(`${text}`);
}

/** @param {unknown} text */
export function isIPv6(text) {
  return groups(`${text}`) !== undefined;
}

/** @param {unknown} text @returns {0 | 4 | 6} */
export function isIP(text) {
  if (isIPv4(text)) return 4;
  return isIPv6(text) ? 6 : 0;
}

export class SocketAddress {
  /** @param {{ address?: string, family?: string, port?: number, flowlabel?: number }} [options] */
  constructor({ family = 'ipv4', address = /6/.test(family) ? '::' : '127.0.0.1', port = 0, flowlabel = 0 } = {}) {
    number(address, family);
    if (!Number.isInteger(port) || port < 0 || port > 65535) throw badPort(port);
    this.address = address;
    this.family = family.toLowerCase();
    this.port = port;
    this.flowlabel = flowlabel;
    Object.freeze(this);
  }

  /** @param {string} text such as 1.2.3.4:80 or [::1]:80 @returns {SocketAddress | undefined} */
  static parse(text) {
    const [, six, four, port = '0'] = /^(?:\[([^\]]+)\]|([^:]+))(?::(\d{1,5}))?$/.exec(text) ?? [];
    try {
      const family = six === undefined ? 'ipv4' : 'ipv6';
      return new SocketAddress({ address: six ?? four, family, port: Number(port) });
    } catch {
      return undefined;
    }
  }

  /** @param {unknown} value */
  static isSocketAddress(value) {
    return value instanceof SocketAddress;
  }
}

export class BlockList {
  /** @type {{ family: string, first: bigint, last: bigint, text: string }[]} */
  #rules = [];

  /** The newest first, as Node has them. */
  get rules() {
    return this.#rules.map(({ text }) => text);
  }

  /** @param {string | SocketAddress} address @param {string} [family] */
  addAddress(address, family) {
    const [text, kind] = named(address, family);
    const first = number(text, kind);
    this.#add(kind, first, first, `Address: ${label(kind)} ${text}`);
  }

  /** @param {string | SocketAddress} start @param {string | SocketAddress} end @param {string} [family] */
  addRange(start, end, family) {
    const [from, kind] = named(start, family);
    const [to] = named(end, family);
    const [first, last] = [number(from, kind), number(to, kind)];
    if (first > last) throw invalid('start', `must come before ${to}`, from);
    this.#add(kind, first, last, `Range: ${label(kind)} ${from}-${to}`);
  }

  /** @param {string | SocketAddress} net @param {number} prefix @param {string} [family] */
  addSubnet(net, prefix, family) {
    const [text, kind] = named(net, family);
    const bits = kind === 'ipv4' ? 32 : 128;
    if (!Number.isInteger(prefix) || prefix < 0 || prefix > bits) {
      const message = `The value of "prefix" is out of range. It must be >= 0 && <= ${bits}. Received ${prefix}`;
      throw nodeError(RangeError, 'ERR_OUT_OF_RANGE', message);
    }
    const size = 1n << BigInt(bits - prefix);
    const first = (number(text, kind) / size) * size;
    this.#add(kind, first, first + size - 1n, `Subnet: ${label(kind)} ${text}/${prefix}`);
  }

  /** @param {string | SocketAddress} address @param {string} [family] @returns {boolean} */
  check(address, family) {
    const [text, kind] = named(address, family);
    const wanted = number(text, kind);
    if (this.#has(kind, wanted)) return true;
    // An IPv4 address in the form of IPv6 is that address.
    return kind === 'ipv6' && wanted >> 32n === 0xffffn && this.#has('ipv4', wanted & 0xffffffffn);
  }

  /** @param {unknown} value */
  static isBlockList(value) {
    return value instanceof BlockList;
  }

  /** @param {string} family @param {bigint} first @param {bigint} last @param {string} text */
  #add(family, first, last, text) {
    this.#rules.unshift({ family, first, last, text });
  }

  /** @param {string} family @param {bigint} wanted */
  #has(family, wanted) {
    return this.#rules.some((rule) => rule.family === family && rule.first <= wanted && wanted <= rule.last);
  }
}

/** @param {string | SocketAddress} address @param {string} [family] @returns {[string, string]} */
function named(address, family = 'ipv4') {
  if (address instanceof SocketAddress) return [address.address, address.family];
  if (typeof address !== 'string') throw invalid('address', 'must be of type string', address);
  return [address, `${family}`.toLowerCase()];
}

/** @param {string} family */
function label(family) {
  return family === 'ipv4' ? 'IPv4' : 'IPv6';
}

/** @param {string} address @param {string} family @returns {bigint} */
function number(address, family) {
  const parts = family.toLowerCase() === 'ipv4' ? quads(address) : groups(address);
  if (!parts) throw nodeError(Error, 'ERR_INVALID_ADDRESS', 'Invalid address');
  const bits = parts.length === 4 ? 8n : 16n;
  return parts.reduce((value, part) => (value << bits) | BigInt(part), 0n);
}

/** @param {string} text @returns {number[] | undefined} */
function quads(text) {
  return isIPv4(text) ? text.split('.').map(Number) : undefined;
}

/** The eight numbers of an IPv6 address, a zone left out. @param {string} text @returns {number[] | undefined} */
function groups(text) {
  const [address, zone, ...more] = text.split('%');
  if (more.length > 0 || (zone !== undefined && !/^[0-9A-Za-z-.:]+$/.test(zone)) || address.length > 45)
    return undefined;
  const halves = address.split('::').map(half);
  if (halves.length > 2 || halves.some((one) => !one)) return undefined;
  const [head, tail] = /** @type {number[][]} */ (halves);
  if (!tail) return head.length === 8 ? head : undefined;
  const missing = 8 - head.length - tail.length;
  // Dots stand at the end alone: "1.2.3.4::" has them in front.
  if (missing < 1 || address.split('::')[0].includes('.')) return undefined;
  return [...head, ...Array(missing).fill(0), ...tail];
}

/** @param {string} text @returns {number[] | undefined} */
function half(text) {
  if (text === '') return [];
  const parts = text.split(':');
  const last = quads(parts[parts.length - 1]);
  if (last) parts.splice(-1, 1, hex(last[0], last[1]), hex(last[2], last[3]));
  return parts.every((part) => /^[0-9A-Fa-f]{1,4}$/.test(part)) ? parts.map((part) => parseInt(part, 16)) : undefined;
}

/** @param {number} high @param {number} low */
function hex(high, low) {
  return ((high << 8) | low).toString(16);
}

/** @param {string} name @param {string} rule @param {unknown} value */
function invalid(name, rule, value) {
  const kind = typeof value === 'string' ? 'ERR_INVALID_ARG_VALUE' : 'ERR_INVALID_ARG_TYPE';
  return nodeError(TypeError, kind, `The "${name}" argument ${rule}. Received ${String(value)}`);
}

/** @param {unknown} port */
export function badPort(port) {
  const message = `Port should be >= 0 and < 65536. Received ${typeof port} (${String(port)}).`;
  return nodeError(RangeError, 'ERR_SOCKET_BAD_PORT', message);
}
