"""A process under test that says where it is, line by line, on its standard output."""

import asyncio
from dataclasses import dataclass

from forked import Forked

PATIENCE_S = 60.0
"""How long a test waits for what should come at once: only a test that fails gets there."""


@dataclass
class Talking:
    """A running process and what it says."""

    process: Forked

    @property
    def pid(self) -> int:
        return self.process.pid

    async def says(self, *words: object) -> str:
        """Wait until it says a line that begins with these words."""
        wanted, said = " ".join(map(str, words)), []
        async with asyncio.timeout(PATIENCE_S):
            while line := (await self.process.stdout.readline()).decode().strip():
                if line.startswith(wanted):
                    return line
                said.append(line)
        raise AssertionError(f"the process ended without saying {wanted!r}; it said {said}")

    async def kill(self) -> None:
        """SIGKILL, and wait for the end."""
        self.process.kill()
        await self.process.wait()

    async def stop(self) -> int:
        """SIGTERM, and wait for the end."""
        self.process.terminate()
        return await asyncio.wait_for(self.process.wait(), PATIENCE_S)
