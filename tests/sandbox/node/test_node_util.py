"""node:util, its neighbours and the parts of node:url beside the classes answer as in Node."""

from typing import Any

import pytest

U = "const util = require('util');\n"
CASES = {
    "promisify and its custom form": (
        "const f = (a, cb) => cb(null, a + 1); f[util.promisify.custom] = async (a) => a * 10; const g = (cb) => "
        "cb(new "
        "Error('x')); return [await util.promisify(f)(2), await caught(util.promisify(g)), await "
        "util.promisify(setTimeout)(1, 'v'), await caught(() => util.promisify(5))]"
    ),
    "callbackify": (
        "return await new Promise((d) => util.callbackify(async () => { throw null })((e) => d([e.code, e.message, "
        "e.reason])))"
    ),
    "inherits": "class A {} function B() {} util.inherits(B, A); return [B.super_ === A, new B() instanceof A]",
    "inspect and format": (
        "return [util.inspect({ a: [1, { b: new Map([[1, new Set([2])]]) }], d: new Date(0), r: /x/g, f() {} }, { "
        "depth: "
        "5 }), util.format('%s %d %i %j %o %%', 'a', 1.5, 2.7, { a: 1 }, [1]), util.inspect(new Proxy({}, {}), { "
        "showProxy: true })]"
    ),
    "deprecate keeps what it wraps": (
        "const f = util.deprecate(function (a, b) { return a + b }, 'old', 'DEP1'); return [f(1, 2), f.length]"
    ),
    "debuglog is silent": "const l = util.debuglog('x'); l('nothing'); return [l.enabled, typeof util.debug]",
    "deep equality": (
        "const d = util.isDeepStrictEqual; return [d({ a: [1, { b: 2 }] }, { a: [1, { b: 2 }] }), d([1], ['1']), d(new "
        "Map([[{ a: 1 }, 1]]), new Map([[{ a: 1 }, 1]])), d(new Set([1, [2]]), new Set([[2], 1])), d(NaN, NaN), d(0, "
        "-0), d(new Date(1), new Date(1)), d(Buffer.from('a'), Buffer.from('a')), d(/a/g, /a/i), d(new Error('a'), new "
        "Error('b'))]"
    ),
    "types": (
        "const t = util.types; return [t.isDate(new Date()), t.isPromise(Promise.resolve()), t.isRegExp(/x/), "
        "t.isProxy(new Proxy({}, {})), t.isGeneratorObject((function* () {})()), t.isAsyncFunction(async () => {}), "
        "t.isUint8Array(Buffer.alloc(1)), t.isArgumentsObject((function () { return arguments })()), "
        "t.isBoxedPrimitive("
        "Object(1)), t.isNativeError(new TypeError()), t.isMap(new WeakMap()), t.isTypedArray(new DataView(new "
        "ArrayBuffer(1)))]"
    ),
    "the arguments of a command": (
        "return [util.parseArgs({ args: ['-f', '--bar', 'b', 'c'], options: { f: { type: 'boolean', short: 'f' }, "
        "bar: { "
        "type: 'string' } }, allowPositionals: true }), await caught(() => util.parseArgs({ args: ['--x'] }))]"
    ),
    "style": (
        "return [util.styleText('red', 'a', { validateStream: false }), util.styleText(['bold', 'underline'], 'a', { "
        "validateStream: false }), util.stripVTControlCharacters('\\u001b[31ma\\u001b[39m'), await caught(() => "
        "util.styleText('nope', 'a'))]"
    ),
    "lone surrogates": "return util.toUSVString('a\\ud800b')",
    "system errors": (
        "return [util.getSystemErrorName(-2), util.getSystemErrorMap().get(-13), util.getSystemErrorMessage(-104), "
        "await "
        "caught(() => util.getSystemErrorName(1))]"
    ),
    "aborted": (
        "const c = new AbortController(); const p = util.aborted(c.signal, {}); c.abort(); return [(await p) === "
        "undefined, await caught(() => util.aborted(1, {}))]"
    ),
    "MIME types": (
        "const m = new util.MIMEType('Text/HTML; Charset=\"utf-8\"'); m.params.set('q', '1 2'); return [m.essence, "
        "m.type, String(m), m.params.get('charset'), await caught(() => new util.MIMEType('nope'))]"
    ),
    "the content of an env file": "return util.parseEnv('A=1\\nB=\"x y\" # c\\nexport C=\\'z\\'\\n# D=1\\nE=')",
    "a diff": "return util.diff('abc', 'abd')",
    "old names": (
        "return [util.isArray([]), util._extend({ a: 1 }, { b: 2 }), util.types === require('util/types'), util === "
        "require('sys')]"
    ),
    "an errno exception": (
        "const e = util._errnoException(-2, 'open', 'x'); return [e.message, e.code, e.errno, e.syscall]"
    ),
    "texts and bytes": (
        "return [new util.TextDecoder().decode(new util.TextEncoder().encode('é')), util.TextDecoder === TextDecoder]"
    ),
}


@pytest.mark.parametrize("body", CASES.values(), ids=CASES)
def test_util_answers_as_in_node(same: Any, body: str) -> None:
    same(U + body)


URLS = {
    "parse": (
        "return ['http://u:p@host.com:80/p/a?q=s#h', '//x/y', 'mailto:a@b.c', '/a?b=c', 'x:y', 'HTTP://A.B/ c', "
        "'javascript:alert(1)', 'http://a.b?x=1&x=2'].map((u) => ({ ...url.parse(u, true) }))"
    ),
    "parse refuses": "return [await caught(() => url.parse(5)), await caught(() => url.parse('http://a b:x/'))]",
    "format": (
        "return [url.format({ protocol: 'http', host: 'a.b', pathname: 'c d', query: { a: [1, 2] } }), url.format(new "
        "URL('http://ü.example/?a#b'), { fragment: false, unicode: true, search: false })]"
    ),
    "resolve": (
        "return [url.resolve('/one/two/three', 'four'), url.resolve('http://a.com/b/c', '../d'), "
        "url.resolve('http://a.com', '//b.com/x')]"
    ),
    "files": (
        "return [url.fileURLToPath('file:///a%20b/c'), url.pathToFileURL('/a b#c%?d\\n').href, "
        "url.pathToFileURL('/x/').href, await caught(() => url.fileURLToPath('http://a')), await caught(() => "
        "url.fileURLToPath('file://host/a')), await caught(() => url.fileURLToPath('file:///a%2fb')), await "
        "caught(() => "
        "url.fileURLToPath(5)), String(url.fileURLToPathBuffer('file:///q'))]"
    ),
    "options of a request": (
        "return [{ ...url.urlToHttpOptions(new URL('https://a%3A:b@[::1]:8/p?q#h')) }, await caught(() => "
        "url.urlToHttpOptions(1))]"
    ),
    "domains": "return [url.domainToASCII('español.com'), url.domainToUnicode('xn--espaol-zwa.com')]",
    "the classes are the globals": "return [url.URL === URL, url.URLSearchParams === URLSearchParams]",
}


@pytest.mark.parametrize("body", URLS.values(), ids=URLS)
def test_url_answers_as_in_node(same: Any, body: str) -> None:
    same(f"const url = require('url');\n{body}")
