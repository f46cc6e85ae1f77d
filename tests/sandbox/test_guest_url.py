"""URL and URLSearchParams. What is expected was computed by Node 24."""

import json
from typing import Any

import pytest

CASES = [
    (
        "parts",
        (
            "(() => { const u = new URL('https://user:pa%20ss@EXAMPLE.com:8080/a/../b?x=1#h'); return [u.href, "
            "u.origin, u.protocol, u.username, u.password, u.host, u.hostname, u.port, u.pathname, u.search, "
            "u.hash] })()"
        ),
        json.loads(
            '["https://user:pa%20ss@example.com:8080/b?x=1#h", "https://example.com:8080", "https:", "user", '
            '"pa%20ss", "example.com:8080", "example.com", "8080", "/b", "?x=1", "#h"]'
        ),
    ),
    (
        "relative to a base",
        "new URL('../x?y', 'https://example.com/a/b/c').href",
        "https://example.com/a/x?y",
    ),
    (
        "default ports disappear",
        "new URL('https://example.com:443/').host",
        "example.com",
    ),
    (
        "percent encoding",
        "new URL('https://example.com/a b/ü?q=ä ö#f g').href",
        "https://example.com/a%20b/%C3%BC?q=%C3%A4%20%C3%B6#f%20g",
    ),
    (
        "setting parts",
        (
            "(() => { const u = new URL('https://example.com/'); u.pathname = '/a b'; u.search = 'x=y'; u.hash "
            "= 'z'; u.port = '99'; u.hostname = 'other.org'; return u.href })()"
        ),
        "https://other.org:99/a%20b?x=y#z",
    ),
    (
        "unicode hosts",
        "new URL('https://bücher.example/').hostname",
        "xn--bcher-kva.example",
    ),
    (
        "punycode hosts",
        "new URL('https://XN--BCHER-KVA.example/').hostname",
        "xn--bcher-kva.example",
    ),
    (
        "wide dots and capitals",
        "new URL('http://\\uff25\\uff38\\uff21\\uff2d\\uff30\\uff2c\\uff25\\u3002com/').hostname",
        "example.com",
    ),
    (
        "IPv4 forms",
        "[new URL('http://127.1/').host, new URL('http://0x7f.0.0.1/').host, new URL('http://2130706433/').host]",
        ["127.0.0.1", "127.0.0.1", "127.0.0.1"],
    ),
    (
        "IPv6",
        "new URL('http://[2001:DB8:0:0::1]:80/').host",
        "[2001:db8::1]",
    ),
    (
        "opaque paths",
        "(() => { const u = new URL('mailto:a@b.c'); return [u.pathname, u.origin, u.host] })()",
        ["a@b.c", "null", ""],
    ),
    (
        "data and blob schemes",
        "[new URL('data:text/plain,hi').pathname, new URL('javascript:alert(1)').protocol]",
        ["text/plain,hi", "javascript:"],
    ),
    (
        "canParse",
        "[URL.canParse('https://a'), URL.canParse('/x'), URL.canParse('/x', 'https://a')]",
        [True, False, True],
    ),
    (
        "parse",
        "[URL.parse('https://a/b')?.pathname, URL.parse('nope')]",
        ["/b", None],
    ),
    (
        "JSON",
        "JSON.stringify({ u: new URL('https://a/b') })",
        '{"u":"https://a/b"}',
    ),
    (
        "search parameters",
        (
            "(() => { const u = new URL('https://a/?x=1&x=2&y=3'); u.searchParams.append('z', 'ü &'); "
            "u.searchParams.delete('y'); return [u.href, u.searchParams.getAll('x'), "
            "u.searchParams.get('nope'), u.searchParams.has('z'), u.searchParams.size] })()"
        ),
        ["https://a/?x=1&x=2&z=%C3%BC+%26", ["1", "2"], None, True, 3],
    ),
    (
        "search parameters from records and pairs",
        (
            "[String(new URLSearchParams({ a: '1', b: 'x y' })), String(new URLSearchParams([['a', '1'], ['a', "
            "'2']])), String(new URLSearchParams('?q=a+b%21'))]"
        ),
        ["a=1&b=x+y", "a=1&a=2", "q=a+b%21"],
    ),
    (
        "search parameters sort and iterate",
        (
            "(() => { const p = new URLSearchParams('b=2&a=1&b=1'); p.sort(); return [[...p], [...p.keys()], "
            "String(p)] })()"
        ),
        [[["a", "1"], ["b", "2"], ["b", "1"]], ["a", "b", "b"], "a=1&b=2&b=1"],
    ),
    (
        "an error has a code",
        "(() => { try { new URL('nope') } catch (e) { return [e.name, e.message, e.code, e.input] } })()",
        ["TypeError", "Invalid URL", "ERR_INVALID_URL", "nope"],
    ),
    (
        "an error names its base",
        (
            "(() => { try { new URL('/x', 'nope') } catch (e) { return [e.name, e.message, e.code, e.input, "
            "e.base] } })()"
        ),
        ["TypeError", "Invalid URL", "ERR_INVALID_URL", "/x", "nope"],
    ),
    (
        "instanceof and tags",
        "[new URL('http://a') instanceof URL, Object.prototype.toString.call(new URL('http://a')), typeof URL]",
        [True, "[object URL]", "function"],
    ),
    (
        "require('url')",
        "[require('url').URL === URL, require('node:url').domainToASCII('español.com')]",
        [True, "xn--espaol-zwa.com"],
    ),
    (
        "forbidden hosts",
        (
            "['http://a b/', 'http://a%00b/', 'http://[::1/', 'http://a:99999/', 'https://'].map((text) => "
            "URL.canParse(text))"
        ),
        [False, False, False, False, False],
    ),
    (
        "file URLs",
        "new URL('file:///C:/a/../b').href",
        "file:///C:/b",
    ),
    (
        "surrogates",
        "new URL('http://a/?\\ud800').search",
        "?%EF%BF%BD",
    ),
]


@pytest.mark.parametrize(("name", "expression", "expected"), CASES, ids=[case[0] for case in CASES])
def test_url_answers_as_in_node(value_of: Any, name: str, expression: str, expected: Any) -> None:
    assert value_of(expression) == expected
