"""A key that is not extractable stays so, also before code that has replaced every built-in it can reach."""

from typing import Any

SPY = """
const seen = [];
const secret = '000102030405060708090a0b0c0d0e0f';
const note = (value) => {
  if (value instanceof Uint8Array && value.toHex?.call(value) === secret) seen.push('bytes');
  if (value instanceof ArrayBuffer && value.byteLength === 16) note(new Uint8Array(value));
};
const key = await crypto.subtle.importKey('raw', Uint8Array.fromHex(secret), 'AES-GCM', false, ['encrypt', 'decrypt']);
const other = await crypto.subtle.importKey(
  'raw', Uint8Array.fromHex(secret), { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
const { apply } = Reflect;
for (const holder of [Array, Array.prototype, Object, Uint8Array, Uint8Array.prototype, JSON,
  Object.getPrototypeOf(Uint8Array.prototype), Object.getPrototypeOf(Uint8Array), Object.getPrototypeOf([].values())]) {
  for (const name of Reflect.ownKeys(holder)) {
    const own = Object.getOwnPropertyDescriptor(holder, name);
    if (typeof own.value !== 'function' || !own.writable || name === 'constructor' || name === 'toHex') continue;
    const original = own.value;
    let inside = false;
    holder[name] = function (...args) {
      if (inside) return new.target ? new original(...args) : apply(original, this, args);
      inside = true;
      try {
        note(this);
        for (let i = 0; i < args.length; i++) note(args[i]);
        const result = apply(original, this, args);
        note(result);
        return result;
      } finally {
        inside = false;
      }
    };
  }
}
for (const name of ['material', 'data', '0', 'key'])
  Object.defineProperty(Object.prototype, name, { __proto__: null, configurable: true, set(value) { note(value) } });
const iv = new Uint8Array(12);
const sealed = await crypto.subtle.encrypt({ name: 'AES-GCM', iv }, key, new Uint8Array(3));
await crypto.subtle.decrypt({ name: 'AES-GCM', iv }, key, sealed);
await crypto.subtle.sign('HMAC', other, new Uint8Array(3));
let refused;
try { await crypto.subtle.exportKey('raw', key) } catch (e) { refused = e.name }
return [refused, seen.length, Reflect.ownKeys(key).length];
"""


def test_no_replaced_built_in_sees_a_key_at_work(run_js: Any) -> None:
    ran = run_js(f"module.exports = async () => {{ {SPY} }}")
    assert ran.error is None, ran.error
    assert ran.output == ["InvalidAccessError", 0, 0]


def test_a_key_object_of_a_key_that_is_not_extractable_is_refused(value_of: Any) -> None:
    body = """(async () => {
        const { KeyObject } = require('crypto');
        const key = await crypto.subtle.importKey('raw', new Uint8Array(16), 'AES-GCM', false, ['encrypt']);
        return fail(() => KeyObject.from(key));
    })()"""
    assert value_of(body) == ["InvalidAccessError", "key is not extractable"]


def test_what_a_key_says_of_itself_is_not_what_it_is(value_of: Any) -> None:
    body = """(async () => {
        const key = await crypto.subtle.importKey(
            'raw', new Uint8Array(16), { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
        key.algorithm.name = 'AES-GCM';
        key.algorithm.hash.name = 'SHA-1';
        key.usages.push('verify');
        const signature = await crypto.subtle.sign('HMAC', key, new Uint8Array(1));
        const refused = await crypto.subtle.verify('HMAC', key, signature, new Uint8Array(1)).catch((e) => e.name);
        const { algorithm, usages } = structuredClone(key);
        return [signature.byteLength, refused, algorithm.name, algorithm.hash.name, usages, key.usages === key.usages];
    })()"""
    assert value_of(body) == [32, "InvalidAccessError", "HMAC", "SHA-256", ["sign"], True]
