"""Every case of as_in_node/*.js has the same value in a guest as in Node, or the one it states, by the standard.

same('name', () => value)                   asked of both
standard('name', value, () => value)        where Node departs from the standard, or does not have it
"""

import asyncio
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from interlock.sandbox import Image, Limits, Sandbox

HEAD = """\
const cases = { __proto__: null };
const stated = { __proto__: null };
const same = (name, value) => { cases[name] = value };
const standard = (name, expected, value) => { cases[name] = value; stated[name] = { expected } };
const fail = (f) => { try { f(); return ['nothing was thrown'] } catch (e) { return [e.name, e.message] } };
const failed = async (f) => {
  try { await f(); return ['nothing was thrown'] } catch (e) { return [e.name, e.message] }
};
const later = (ms = 1) => new Promise((resolve) => setTimeout(resolve, ms));
const all = async (stream) => { const seen = []; for await (const one of stream) seen.push(one); return seen };
"""

TAIL = """
module.exports = async (name) => ({ value: await cases[name](), ...stated[name] });
"""

FILES = sorted((Path(__file__).parent / "as_in_node").glob("*.js"))
CASES = [
    pytest.param(path, name, id=f"{path.stem}: {name}")
    for path in FILES
    for name in re.findall(r"^(?:same|standard)\(\s*'([^'\n]+)',", path.read_text(), re.MULTILINE)
]


@pytest.fixture(scope="module")
def in_guest(sandbox: Sandbox) -> Callable[[Path, str], Any]:
    """A case's value in a guest: one image a file, one run a case."""
    images: dict[Path, Image] = {}

    async def run(path: Path, name: str) -> Any:
        if path not in images:
            images[path] = await sandbox.load(HEAD + path.read_text() + TAIL, filename=path.name, limits=Limits())
        result = await sandbox.run(images[path], json.dumps(name).encode(), limits=Limits())
        assert result.error is None, result.error
        return result.output

    return lambda path, name: asyncio.run(run(path, name))


@pytest.mark.parametrize(("path", "name"), CASES)
def test_a_guest_answers_as_node(in_guest: Any, in_node: Any, path: Path, name: str) -> None:
    answer = in_guest(path, name)
    if "expected" in answer:
        assert answer["value"] == answer["expected"]
    else:
        assert answer.get("value") == in_node(f"{HEAD}{path.read_text()}\nreturn await cases[{json.dumps(name)}]();")


def test_every_case_is_found_and_has_a_name_of_its_own() -> None:
    for path in FILES:
        names = [case.values[1] for case in CASES if case.values[0] == path]
        calls = re.findall(r"^(?:same|standard)\(", path.read_text(), re.MULTILINE)
        assert len(calls) == len(names) == len(set(names)) > 0, path.name
