"""A program that listens in on every built-in while the web APIs work never gets hold of what only the runtime has."""

from typing import Any

import pytest
from fetching import Host, answer

SPY = """
const seen = new Set();
const { ownKeys, apply } = Reflect;
const { defineProperty, getOwnPropertyDescriptor } = Object;
const secret = ['startOperation', 'codedError', 'primordials', 'promiseResult', 'proxyDetails'];
const { add: setAdd } = Set.prototype;
let quiet = false;
const look = (value) => {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return;
  for (let i = 0; i < secret.length; i++)
    if (getOwnPropertyDescriptor(value, secret[i])) apply(setAdd, seen, [secret[i]]);
};
const wrapped = (original) => function (...args) {
  if (!quiet) {
    quiet = true;
    look(this);
    for (let i = 0; i < args.length; i++) look(args[i]);
    quiet = false;
  }
  return apply(original, this, args);
};
const holders = [Array, Array.prototype, Function.prototype, Map.prototype, Set.prototype, WeakMap.prototype, Object,
  Reflect, Promise, Promise.prototype, String.prototype, Uint8Array.prototype, JSON, RegExp.prototype, Error, Math,
  Object.getPrototypeOf(Uint8Array.prototype), Object.prototype, Number];
const listenIn = () => {
  for (const holder of holders) {
    for (const key of ownKeys(holder)) {
      const found = getOwnPropertyDescriptor(holder, key);
      if (key === 'constructor' || typeof found.value !== 'function' || !found.configurable) continue;
      defineProperty(holder, key, { ...found, value: wrapped(found.value) });
    }
  }
  for (const name of ['Promise', 'Error', 'TypeError', 'Uint8Array', 'Map', 'Set', 'WeakMap']) {
    const Original = globalThis[name];
    const construct = (target, args, self) => (args.forEach(look), Reflect.construct(target, args, self));
    globalThis[name] = new Proxy(Original, { construct });
  }
};
"""

WORKS = [
    "const r = await fetch('https://a/', { method: 'POST', body: 'x', headers: { a: 'b' } }); await r.text()",
    "const signal = AbortSignal.timeout(1); await (await fetch('https://a/', { signal })).clone().json()",
    "for await (const c of (await fetch('https://a/')).body) void c",
    "const f = new FormData(); f.append('a', new Blob(['x'])); await new Response(f).formData()",
    "await fetch('https://a/', { method: 'POST', duplex: 'half', body: ReadableStream.from([new Uint8Array(1)]) })",
    "await fetch('https://a/', { method: 'POST', body: new Uint8Array(2_000_000) })",
    "const c = new MessageChannel(); c.port1.onmessage = () => 0; c.port2.postMessage(structuredClone({ a: [1] }))",
    "await all(ReadableStream.from(['x']).pipeThrough(new TextEncoderStream()))",
    "await all(new Blob(['x']).stream().pipeThrough(new CompressionStream('gzip')))",
    "new EventTarget().dispatchEvent(new CustomEvent('x')); performance.measure('x'); void navigator.userAgent",
]


@pytest.mark.parametrize("work", WORKS)
@pytest.mark.parametrize("early", [True, False])
def test_a_program_that_listens_in_learns_nothing(run_js: Any, work: str, early: bool) -> None:
    """`early`: before the modules are loaded, where their names are not in the text, and else after."""
    before, names = ("listenIn();", "") if early else ("", "const later = listenIn;")
    source = f"""{SPY}
    const all = async (stream) => {{ for await (const one of stream) void one }};
    {before} {names}
    module.exports = async () => {{
      if ({"false" if early else "true"}) listenIn();
      try {{
        {f"await new (async () => 0).constructor('all', {work!r})(all)" if early else work}
      }} catch (e) {{
        console.log(String(e));
      }}
      return [...seen];
    }}"""
    ran = run_js(source, perform=Host([answer('{"a":1}')] * 3))
    assert (ran.error, ran.lines, ran.output) == (None, [], [])


def test_the_listener_sees_what_goes_by(run_js: Any) -> None:
    ran = run_js(f"{SPY}\nmodule.exports = () => {{ listenIn(); [].push({{ startOperation: 1 }}); return [...seen] }}")
    assert ran.output == ["startOperation"]


def test_a_bomb_is_taken_apart_as_somebody_reads(run_js: Any) -> None:
    ran = run_js("""const bomb = require('zlib').gzipSync(Buffer.alloc(14e6));
        module.exports = async () => {
            const stream = new DecompressionStream('gzip');
            const writer = stream.writable.getWriter();
            for (let i = 0; i < 20; i++) writer.write(bomb.subarray(0, -8)).catch(() => {});
            const reader = stream.readable.getReader();
            const first = (await reader.read()).value.length;
            await reader.cancel('enough');
            return [first, await writer.closed.catch((reason) => reason)];
        }""")
    assert ran.error is None
    assert ran.output == [65_536, "enough"]
    assert ran.usage.memory_bytes < 40 << 20
