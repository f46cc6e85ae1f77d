// Responses of HTTP/1.1 as they come in pieces: https://www.rfc-editor.org/rfc/rfc9112. It stands for Node's binding
// http_parser, is as strict as Node's parser is by default, and names errors as that one does.

/** Node's default of --max-http-header-size, in bytes: the head of a response, and again its trailers. */
export const MOST_HEAD = 16 << 10;

const STATUS_LINE = /^HTTP\/1\.([01]) ([1-9]\d\d)(?: ([\t\x20-\x7e\x80-\xff]*))?$/;
const FIELD_LINE =
  /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+):[\t ]*((?:[\x21-\x7e\x80-\xff](?:[\t\x20-\x7e\x80-\xff]*[\x21-\x7e\x80-\xff])?)?)[\t ]*$/;
const CHUNK_LINE = /^([0-9A-Fa-f]{1,13})[\t ]*(?:;[\t\x20-\x7e\x80-\xff]*)?$/;

const STATUS = 0;
const HEADERS = 1;
const BODY = 2;
const BODY_TO_END = 3;
const CHUNK = 4;
const CHUNK_BODY = 5;
const CHUNK_END = 6;
const TRAILERS = 7;

/** What onHeadersComplete answers. */
const NO_BODY = 1;
const UPGRADED = 2;

const ON_MESSAGE_BEGIN = 0;
const ON_HEADERS = 1;
const ON_HEADERS_COMPLETE = 2;
const ON_BODY = 3;
const ON_MESSAGE_COMPLETE = 4;

export class HTTPParser {
  static REQUEST = 1;
  static RESPONSE = 2;
  static kOnMessageBegin = ON_MESSAGE_BEGIN;
  static kOnHeaders = ON_HEADERS;
  static kOnHeadersComplete = ON_HEADERS_COMPLETE;
  static kOnBody = ON_BODY;
  static kOnMessageComplete = ON_MESSAGE_COMPLETE;
  static kOnExecute = 5;
  static kOnTimeout = 6;
  static kLenientNone = 0;
  static kLenientAll = 0;

  #state = STATUS;
  /** A line that has begun. */
  #line = '';
  /** Bytes of the head so far. */
  #size = 0;
  #most = MOST_HEAD;
  /** What is left of the body, or of the chunk. */
  #left = 0;
  /** @type {string[]} names and values in turn */
  #fields = [];
  /** @type {{ minor: number, code: number, text: string }} */
  #status = { minor: 1, code: 0, text: '' };
  /** Grows whenever the parser is put to another use, also from inside a callback. */
  #use = 0;
  /** @type {any} */
  #current = null;
  #upgraded = false;

  /** @param {number} _type @param {object} _resource @param {number} [maxHeaderSize] 0 for the default */
  initialize(_type, _resource, maxHeaderSize) {
    this.#use++;
    this.#most = maxHeaderSize || MOST_HEAD;
    this.#upgraded = false;
    this.#begin();
  }

  /** @param {any} data @returns {number | Error} how many of the bytes were the messages' */
  execute(data) {
    const use = this.#use;
    let at = 0;
    this.#current = data;
    try {
      while (at < data.length && use === this.#use && !this.#upgraded) at = this.#step(data, at);
    } catch (error) {
      if (!(error instanceof ParseError)) throw error;
      return Object.assign(error, { bytesParsed: at });
    } finally {
      this.#current = null;
    }
    return at;
  }

  /** The connection has ended. @returns {Error | undefined} */
  finish() {
    if (this.#state === BODY_TO_END) this.#complete();
    else if (this.#state !== STATUS || this.#line) return new ParseError('HPE_INVALID_EOF_STATE', 'Invalid EOF state');
    return undefined;
  }

  getCurrentBuffer() {
    return this.#current;
  }

  close() {
    this.#use++;
  }

  free() {
    this.#use++;
  }

  remove() {}

  consume() {}

  unconsume() {}

  /** @param {any} data @param {number} at @returns {number} where it goes on */
  #step(data, at) {
    switch (this.#state) {
      case BODY:
      case CHUNK_BODY: {
        const end = Math.min(data.length, at + this.#left);
        this.#left -= end - at;
        const over = this.#left === 0;
        const chunked = this.#state === CHUNK_BODY;
        if (over && chunked) this.#state = CHUNK_END;
        const use = this.#use;
        this.#call(ON_BODY, data.subarray(at, end));
        if (over && !chunked && use === this.#use) this.#complete();
        return end;
      }
      case BODY_TO_END:
        this.#call(ON_BODY, data.subarray(at));
        return data.length;
      default:
        return this.#readLine(data, at);
    }
  }

  /** @param {any} data @param {number} at @returns {number} */
  #readLine(data, at) {
    const found = data.indexOf(10, at);
    const end = found < 0 ? data.length : found + 1;
    this.#size += end - at;
    if (this.#size > this.#most) throw new ParseError('HPE_HEADER_OVERFLOW', 'Header overflow');
    this.#line += data.toString('latin1', at, end);
    if (found < 0) {
      // What cannot become a response is refused before its first line ends.
      if (this.#state === STATUS && !'HTTP/1.'.startsWith(this.#line.slice(0, 7))) throw notHttp();
      return end;
    }
    const line = this.#line;
    this.#line = '';
    if (!line.endsWith('\r\n')) {
      throw this.#state === STATUS
        ? notHttp()
        : new ParseError('HPE_CR_EXPECTED', 'Missing expected CR after header value');
    }
    this.#take(line.slice(0, -2));
    return end;
  }

  /** @param {string} line */
  #take(line) {
    if (this.#state === STATUS) {
      if (line === '' && this.#size <= 4) return; // RFC 9112, section 2.2: an empty line in front is ignored
      const [, minor, code, text] = STATUS_LINE.exec(line) ?? [];
      if (code === undefined) throw notHttp();
      this.#status = { minor: Number(minor), code: Number(code), text: text ?? '' };
      this.#state = HEADERS;
    } else if (this.#state === CHUNK) {
      this.#size = 0;
      const [, size] = CHUNK_LINE.exec(line) ?? [];
      if (size === undefined) throw new ParseError('HPE_INVALID_CHUNK_SIZE', 'Invalid character in chunk size');
      this.#left = parseInt(size, 16);
      this.#state = this.#left > 0 ? CHUNK_BODY : TRAILERS;
      this.#fields = [];
    } else if (this.#state === CHUNK_END) {
      this.#size = 0;
      if (line !== '') throw new ParseError('HPE_STRICT', 'Expected LF after chunk data');
      this.#state = CHUNK;
    } else if (line !== '') {
      const [, name, value] = FIELD_LINE.exec(line) ?? [];
      if (name === undefined) throw new ParseError('HPE_INVALID_HEADER_TOKEN', 'Invalid header token');
      this.#fields.push(name, value);
    } else if (this.#state === TRAILERS) {
      if (this.#fields.length > 0) this.#call(ON_HEADERS, this.#fields, '');
      this.#complete();
    } else {
      this.#headersComplete();
    }
  }

  #headersComplete() {
    const { minor, code, text } = this.#status;
    const framing = frame(this.#fields);
    const connection = values(this.#fields, 'connection').flatMap((value) =>
      value.toLowerCase().split(/[\t ]*,[\t ]*/),
    );
    const upgrade = code === 101 && connection.includes('upgrade') && values(this.#fields, 'upgrade').length > 0;
    const bodiless = code < 200 || code === 204 || code === 304;
    const lasting = minor === 1 ? !connection.includes('close') : connection.includes('keep-alive');
    const keepAlive = lasting && (bodiless || framing !== BODY_TO_END);
    const use = this.#use;
    const answer = this.#call(
      ON_HEADERS_COMPLETE, 1, minor, this.#fields, undefined, '', code, text, upgrade, keepAlive); // prettier-ignore
    if (use !== this.#use) return;
    if (answer === UPGRADED || upgrade) {
      this.#upgraded = true;
      this.#complete();
    } else if (answer === NO_BODY || bodiless || framing === 0) {
      this.#complete();
    } else if (framing === CHUNK || framing === BODY_TO_END) {
      this.#state = framing;
      this.#size = 0;
    } else {
      this.#state = BODY;
      this.#left = -framing;
    }
  }

  #complete() {
    this.#begin();
    this.#call(ON_MESSAGE_COMPLETE);
  }

  #begin() {
    this.#state = STATUS;
    this.#line = '';
    this.#size = 0;
    this.#left = 0;
    this.#fields = [];
  }

  /** @param {number} event @param {...any} args */
  #call(event, ...args) {
    return /** @type {any} */ (this)[event]?.(...args);
  }
}

class ParseError extends Error {
  /** @param {string} code @param {string} reason */
  constructor(code, reason) {
    super('Parse Error');
    this.code = code;
    this.reason = reason;
  }
}

function notHttp() {
  return new ParseError('HPE_INVALID_CONSTANT', 'Expected HTTP/, RTSP/ or ICE/');
}

/**
 * How long the body is (RFC 9112, section 6.3).
 * @param {string[]} fields
 * @returns {number} CHUNK, BODY_TO_END, or the length as a negative number
 */
function frame(fields) {
  const lengths = values(fields, 'content-length');
  const codings = values(fields, 'transfer-encoding').flatMap((value) => value.toLowerCase().split(/[\t ]*,[\t ]*/));
  if (codings.length > 0) {
    if (lengths.length > 0) {
      throw new ParseError('HPE_INVALID_CONTENT_LENGTH', "Content-Length can't be present with Transfer-Encoding");
    }
    return codings.at(-1) === 'chunked' ? CHUNK : BODY_TO_END;
  }
  if (lengths.length === 0) return BODY_TO_END;
  if (lengths.length > 1) throw new ParseError('HPE_UNEXPECTED_CONTENT_LENGTH', 'Content-Length already present');
  if (!/^\d{1,15}$/.test(lengths[0])) {
    throw new ParseError('HPE_INVALID_CONTENT_LENGTH', 'Invalid character in Content-Length');
  }
  return -Number(lengths[0]);
}

/** @param {string[]} fields @param {string} name @returns {string[]} */
function values(fields, name) {
  return fields.filter((_, i) => i % 2 === 1 && fields[i - 1].toLowerCase() === name);
}

/** The methods Node knows, whose numbers are its parser's own. */
export const methods = [
  'DELETE', 'GET', 'HEAD', 'POST', 'PUT', 'CONNECT', 'OPTIONS', 'TRACE', 'COPY', 'LOCK', 'MKCOL', 'MOVE', 'PROPFIND',
  'PROPPATCH', 'SEARCH', 'UNLOCK', 'BIND', 'REBIND', 'UNBIND', 'ACL', 'REPORT', 'MKACTIVITY', 'CHECKOUT', 'MERGE',
  'M-SEARCH', 'NOTIFY', 'SUBSCRIBE', 'UNSUBSCRIBE', 'PATCH', 'PURGE', 'MKCALENDAR', 'LINK', 'UNLINK', 'SOURCE', 'QUERY',
]; // prettier-ignore
export const allMethods = methods;
