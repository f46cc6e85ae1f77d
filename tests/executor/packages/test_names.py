"""Names, versions, locks and languages: what is taken, and what an enemy tries."""

import json
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock.executor.errors import BuildRefused, Invalid
from interlock.executor.packages import dependencies, languages, locks, npm
from interlock.executor.packages.children import Finished
from interlock.executor.packages.dependencies import Dependency

HASH = "sha512-" + "A" * 86 + "=="


@pytest.mark.parametrize(
    ("text", "name", "version"),
    [
        ("pg", "pg", "latest"),
        ("pg@8", "pg", "8"),
        ("@scope/name", "@scope/name", "latest"),
        ("@scope/name@^1.2.3", "@scope/name", "^1.2.3"),
        ("JSONStream@>=1 <2 || 3.x", "JSONStream", ">=1 <2 || 3.x"),
        ("a@1.0.0-beta.1+build", "a", "1.0.0-beta.1+build"),
        ("a@*", "a", "*"),
    ],
)
def test_a_dependency_is_read_as_npm_reads_it(text: str, name: str, version: str) -> None:
    assert dependencies.parse(text) == Dependency(name, version)


@given(st.text(max_size=40))
def test_no_text_becomes_anything_but_a_package_of_the_registry(text: str) -> None:
    try:
        parsed = dependencies.parse(text)
    except Invalid as refused:
        assert refused.code == "dependency_invalid"  # noqa: PT017 - most texts are refused, some are names
        return
    assert not {*parsed.name} & {*"\\:; \t\n\0%?#&"}
    assert not {*parsed.version} & {*"/\\:;\n\0%?#&@"}
    assert ".." not in parsed.name.split("/")
    assert not parsed.name.startswith((".", "_", "/"))


def lock(packages: dict[str, Any], version: int = 3) -> str:
    return json.dumps({"lockfileVersion": version, "packages": {"": {}, **packages}})


def test_a_lock_keeps_hashes_and_no_address() -> None:
    entry = {"version": "1.0.0", "integrity": HASH, "resolved": "https://registry.example/a.tgz", "license": "MIT"}
    read = locks.read(lock({"node_modules/a": entry}), [Dependency("a", "1")])
    assert read.document["packages"]["node_modules/a"] == {"version": "1.0.0", "integrity": HASH}
    again = locks.read(json.dumps(read.document), [Dependency("a", "1")])
    assert again == read
    assert again.key == read.key
    assert read.direct() == ["a@1.0.0"]


@pytest.mark.parametrize(
    ("packages", "code"),
    [
        ({"node_modules/a": {"version": "1.0.0"}}, "lock_invalid"),
        ({"node_modules/a": {"version": "1.0.0", "integrity": "md5-x"}}, "lock_invalid"),
        ({"node_modules/a": {"integrity": HASH}}, "lock_invalid"),
        ({"node_modules/b": {"version": "1.0.0", "integrity": HASH}}, "lock_invalid"),
        ({"node_modules/a": {"version": "1", "integrity": HASH, "resolved": "git+ssh://h/x"}}, "dependency_refused"),
        ({"node_modules/a": {"version": "1", "integrity": HASH, "resolved": "file:../x"}}, "dependency_refused"),
        ({"node_modules/a": {"version": "1", "integrity": HASH, "resolved": 5}}, "dependency_refused"),
        ({"node_modules/a": {"link": True, "resolved": "../x"}}, "dependency_refused"),
        ({"node_modules/../../a": {"version": "1.0.0", "integrity": HASH}}, "dependency_refused"),
        ({"../a": {"version": "1.0.0", "integrity": HASH}}, "dependency_refused"),
        ({"/etc": {"version": "1.0.0", "integrity": HASH}}, "dependency_refused"),
        ({"node_modules/a": []}, "dependency_refused"),
        ({"node_modules/a": {"version": "file:/etc", "integrity": HASH}}, "lock_invalid"),
        ({"node_modules/a": {"version": "git+ssh://h/x", "integrity": HASH}}, "lock_invalid"),
        ({"node_modules/a": {"version": "1", "integrity": HASH, "name": "../x"}}, "lock_invalid"),
        ({"node_modules/a": {"version": "1", "integrity": HASH, "dependencies": {"b": {"c": {}}}}}, "lock_invalid"),
        ({"node_modules/a": {"version": "1", "integrity": HASH, "os": [[]]}}, "lock_invalid"),
    ],
)
def test_a_lock_that_is_not_of_the_registry_is_refused(packages: dict[str, Any], code: str) -> None:
    with pytest.raises(BuildRefused) as caught:
        locks.read(lock(packages), [Dependency("a", "1")])
    assert caught.value.code == code


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{",
        "null",
        '{"packages": {}}',
        '{"lockfileVersion": [], "packages": {}}',
        '{"lockfileVersion": 1, "packages": {}}',
        "[" * 100_000,
    ],
)
def test_what_is_no_lock_is_refused(text: str) -> None:
    with pytest.raises(BuildRefused) as caught:
        locks.read(text, [])
    assert caught.value.code == "lock_invalid"


@pytest.mark.parametrize(
    "code",
    [
        "import x from 'y';",
        "import 'y'",
        "import * as x from 'y'",
        "import {x} from 'y'",
        "'use strict';import x from 'y'",
        "// first\nexport const a = 1;",
        "export default async () => {}",
        "export { a };",
        "export async function onExecutePostLogin() {}",
        "async () => { await import('y') }",
        "f(import.meta.url)",
        "/* a */ import x from 'y'",
        "a = 1\rimport x from 'y'",
    ],
)
def test_an_es_module_is_known_by_its_text(code: str) -> None:
    assert languages.is_module(code)


@pytest.mark.parametrize(
    "code",
    [
        "exports.onExecutePostLogin = async () => {};",
        "// import x from 'y'\n",
        "/*\nimport x from 'y'\nexport const a = 1\n*/",
        "const a = 'import x';\nconst text = \"\\\nexport const\";",
        "api.import('x'); exports.a = important; exporting = 1;",
        "const o = { import: 1, export: 2 };\no.export = 1",
        "",
    ],
)
def test_what_only_speaks_of_modules_is_none(code: str) -> None:
    assert not languages.is_module(code)


@pytest.mark.parametrize(
    "code",
    [
        "import '" + "\\'" * 49_000,
        'import "' + '\\"' * 49_000,
        "import" + "/* " * 33_000,
        "import" + "'\"/* " * 19_000,
        "import" + "'\\\n" * 33_000,
        "x import" + "\n" * 99_000 + "x",
        "import" + ";\n" * 49_000,
    ],
)
def test_code_that_is_hard_to_read_takes_no_longer_than_other_code(code: str) -> None:
    began = time.monotonic()
    languages.is_module(code)
    assert time.monotonic() - began < 2


@pytest.mark.parametrize(
    ("code", "known"),
    [
        ("const a = 'it\\'s';\nimport x from 'x'", True),
        ("const a = /'/; /* ' */\nexport const b = 1", True),
        ("const a = 'one\\\nimport x from 1'; ' import", False),
        ("/* import\nexport default 1", True),
        ("f()\u2028 \t import x from 'x'", True),
    ],
)
def test_what_does_not_end_hides_nothing(code: str, known: bool) -> None:
    assert languages.is_module(code) is known


def test_an_error_of_npm_that_goes_on_for_a_megabyte_is_read_in_no_time() -> None:
    error = {"code": "EINVALIDPACKAGENAME", "summary": "a" * 500_000, "detail": "-" * 400_000}
    began = time.monotonic()
    why = npm.explained(Finished(1, json.dumps({"error": error}), ""))
    assert time.monotonic() - began < 1
    assert (why.code, len(why.message) < 400) == ("install_failed", True)


@given(st.text(max_size=200))
def test_any_text_has_an_answer(code: str) -> None:
    assert languages.is_module(code) in {True, False}
