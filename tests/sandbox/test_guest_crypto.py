"""crypto.getRandomValues and crypto.randomUUID. Entropy is the host's and never part of an image."""

import re
from typing import Any

import pytest

CASES = [
    ("fills and returns the same view", "((v) => crypto.getRandomValues(v) === v)(new Uint8Array(8))", True),
    ("fills all of it", "crypto.getRandomValues(new Uint8Array(65536)).some((b) => b !== 0)", True),
    (
        "only the view of a buffer",
        (
            "((b) => { crypto.getRandomValues(new Uint8Array(b, 4, 4)); return [...new Uint8Array(b, 0, 4)] "
            "})(new ArrayBuffer(8))"
        ),
        [0, 0, 0, 0],
    ),
    (
        "any integer type",
        (
            "[Int8Array, Uint8ClampedArray, Int16Array, Uint16Array, Int32Array, Uint32Array, BigInt64Array, "
            "BigUint64Array].every((T) => crypto.getRandomValues(new T(2)).length === 2)"
        ),
        True,
    ),
    ("a Buffer", "Buffer.isBuffer(crypto.getRandomValues(Buffer.alloc(4)))", True),
    ("an empty view", "crypto.getRandomValues(new Uint8Array(0)).length", 0),
    (
        "more than 65,536 bytes",
        "fail(() => crypto.getRandomValues(new Uint16Array(32769)))",
        ["QuotaExceededError", "The requested length exceeds 65536 bytes"],
    ),
    (
        "floats",
        "fail(() => crypto.getRandomValues(new Float64Array(1)))",
        ["TypeMismatchError", "The data argument must be an integer-type TypedArray"],
    ),
    ("a DataView", "fail(() => crypto.getRandomValues(new DataView(new ArrayBuffer(4))))[0]", "TypeMismatchError"),
    ("an array", "fail(() => crypto.getRandomValues([1, 2]))[0]", "TypeMismatchError"),
    ("nothing", "fail(() => crypto.getRandomValues())[0]", "TypeMismatchError"),
    (
        "a fake tag",
        "fail(() => crypto.getRandomValues({ [Symbol.toStringTag]: 'Uint8Array' }))[0]",
        "TypeMismatchError",
    ),
    (
        "the errors are DOMExceptions",
        "(() => { try { crypto.getRandomValues([]) } catch (e) { return e instanceof DOMException } })()",
        True,
    ),
    (
        "no other member",
        "Object.getOwnPropertyNames(Object.getPrototypeOf(crypto)).sort()",
        ["constructor", "getRandomValues", "randomUUID", "subtle"],
    ),
]


@pytest.mark.parametrize(("name", "expression", "expected"), CASES, ids=[case[0] for case in CASES])
def test_get_random_values(value_of: Any, name: str, expression: str, expected: Any) -> None:
    assert value_of(expression) == expected


def test_a_uuid_is_of_version_four(value_of: Any) -> None:
    uuids = value_of("Array.from({ length: 50 }, () => crypto.randomUUID())")
    assert all(
        re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", one) for one in uuids
    )
    assert len(set(uuids)) == 50


@pytest.mark.parametrize(
    "expression", ["crypto.randomUUID()", "Math.random()", "crypto.getRandomValues(new Uint32Array(2)).join()"]
)
def test_no_two_runs_share_entropy_not_even_of_the_top_level(run_js: Any, expression: str) -> None:
    source = f"const early = {expression}; module.exports = () => [early, {expression}]"
    drawn = [value for _ in range(5) for value in run_js(source).output]
    assert len(set(drawn)) == 10
