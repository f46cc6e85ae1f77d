// https://mimesniff.spec.whatwg.org/#parsing-a-mime-type
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const QUOTABLE = /^[\t\x20-\x7e\x80-\xff]*$/;

/** @typedef {{ essence: string, parameters: Map<string, string> }} MimeType */

/** @param {string} input @returns {MimeType | null} null for what is none */
export function parseMimeType(input) {
  const [type, ...rest] = splitUnquoted(input);
  const essence = trimmed(type).toLowerCase();
  const [main, sub, ...more] = essence.split('/');
  if (more.length || !TOKEN.test(main) || !TOKEN.test(sub ?? '')) return null;
  /** @type {Map<string, string>} */
  const parameters = new Map();
  for (const part of rest) {
    const equals = part.indexOf('=');
    if (equals < 0) continue;
    const name = part
      .slice(0, equals)
      .replace(/^[\t\n\r ]+/, '')
      .toLowerCase();
    const given = part.slice(equals + 1);
    const value = given.startsWith('"') ? unquoted(given) : given.replace(/[\t\n\r ]+$/, '');
    if (value === '' && !given.startsWith('"')) continue;
    if (TOKEN.test(name) && QUOTABLE.test(value) && !parameters.has(name)) parameters.set(name, value);
  }
  return { essence, parameters };
}

/** @param {MimeType} type @returns {string} https://mimesniff.spec.whatwg.org/#serializing-a-mime-type */
export function mimeTypeText({ essence, parameters }) {
  let text = essence;
  for (const [name, value] of parameters)
    text += `;${name}=${TOKEN.test(value) ? value : `"${value.replace(/["\\]/g, '\\$&')}"`}`;
  return text;
}

/** At semicolons outside of quotes. A quote opens only as the first character of a value. @param {string} input */
function splitUnquoted(input) {
  const parts = [];
  let start = 0;
  for (let at = 0; at < input.length; at++) {
    if (input[at] === '"' && input[at - 1] === '=' && parts.length) {
      for (at++; at < input.length && input[at] !== '"'; at++) if (input[at] === '\\') at++;
    } else if (input[at] === ';') {
      parts.push(input.slice(start, at));
      start = at + 1;
    }
  }
  parts.push(input.slice(start));
  return parts;
}

/** @param {string} text one that begins with a quote; what follows the closing one is dropped */
function unquoted(text) {
  let value = '';
  for (let at = 1; at < text.length && text[at] !== '"'; at++) {
    if (text[at] === '\\' && at + 1 < text.length) at++;
    value += text[at];
  }
  return value;
}

/** @param {string} text */
function trimmed(text) {
  return text.replace(/^[\t\n\r ]+|[\t\n\r ]+$/g, '');
}
