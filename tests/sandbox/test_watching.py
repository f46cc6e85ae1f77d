"""Console lines while a run goes on, each once and in order."""

import asyncio
from typing import Any

from interlock.sandbox import LogLine, Operation, Sandbox, Watch

WAITS = """
    module.exports = async () => {
      console.log('before', 'ä')
      await require('dns').promises.lookup('a.example').catch(() => 0)
      console.warn('after')
      for (let i = 0; i < 200; i++) console.log(String(i).repeat(20))
    }
"""


def test_a_line_is_told_before_the_run_ends(sandbox: Sandbox) -> None:
    async def check() -> None:
        told: list[LogLine] = []
        first = asyncio.Event()

        def watch(lines: tuple[LogLine, ...]) -> None:
            told.extend(lines)
            first.set()

        async def perform(_operation: Operation) -> Any:
            await first.wait()
            assert [line.message for line in told] == ["before ä"]
            return {"addresses": []}

        image = await sandbox.load(WAITS)
        result = await sandbox.run(image, b"1", perform=perform, watch=Watch(watch))
        assert result.error is None
        assert tuple(told) == result.logs
        assert len(told) == 202

    asyncio.run(check())


def test_a_busy_guest_is_heard_while_it_computes(sandbox: Sandbox) -> None:
    async def check() -> None:
        times: list[int] = []
        image = await sandbox.load(
            "module.exports = () => { for (let i = 0; i < 8; i++) { console.log(i); let n = 0;"
            " for (let k = 0; k < 4e5; k++) n += k } }"
        )
        result = await sandbox.run(image, b"1", watch=Watch(lambda lines: times.append(len(lines))))
        assert result.error is None
        assert sum(times) == 8
        assert len(times) > 1

    asyncio.run(check())


def test_lines_that_nobody_wanted_yet_are_told_in_their_order_once_somebody_does(sandbox: Sandbox) -> None:
    async def check() -> None:
        told: list[LogLine] = []
        wanted = False

        async def perform(_operation: Operation) -> Any:
            nonlocal wanted
            assert told == []
            wanted = True
            return {"addresses": []}

        image = await sandbox.load(WAITS)
        watch = Watch(told.extend, lambda: wanted)
        result = await sandbox.run(image, b"1", perform=perform, watch=watch)
        assert tuple(told) == result.logs
        assert len(told) == 202

    asyncio.run(check())
