"""Keys that a command prints: the client of a password manager or of a vault.

Rules of this file:
- An argument list, never a shell: nothing in it is expanded, and no quoting can go wrong.
- It gets a time, and room for its output; whatever breaks either is stopped with all it started.
- Neither its output nor what it prints as errors is ever shown: both may hold the key. Who wants to see them runs it.
"""

import asyncio
import contextlib
import os
import signal
from asyncio.subprocess import DEVNULL, Process
from collections.abc import AsyncIterator, Sequence
from pathlib import PurePath
from typing import Final

from interlock.secrets import errors, keys
from interlock.secrets.values import SecretValue

WALL_SECONDS: Final = 10.0
OUTPUT_BYTES: Final = 64 * 1_024


class CommandKeys:
    """Provider of keys from the standard output of a command."""

    def __init__(
        self, arguments: Sequence[str], *, wall_seconds: float = WALL_SECONDS, output_bytes: int = OUTPUT_BYTES
    ) -> None:
        """Take program and arguments. Raises `KeyCommandFailed` when there is no program."""
        if isinstance(arguments, str) or not arguments or not arguments[0]:
            raise errors.KeyCommandFailed("The key command must be a list: a program, then its arguments.")
        self._arguments = tuple(arguments)
        self._wall_seconds = wall_seconds
        self._output_bytes = output_bytes

    @property
    def source(self) -> str:
        """Return what messages call it: the program's name alone, as arguments may hold a token."""
        return f"the output of the key command {PurePath(self._arguments[0]).name}"

    async def load(self, *, first: bool) -> Sequence[keys.KeyEncryptionKey]:  # noqa: ARG002 - makes no keys
        """Run the command and return the keys it prints. Raises `KeyCommandFailed` and `KeyRefused`."""
        return keys.parse(await self._output(), self.source)

    async def _output(self) -> SecretValue:
        program = PurePath(self._arguments[0]).name
        async with _pipe() as (output, input_end):
            process = await self._start(input_end)
            try:
                async with asyncio.timeout(self._wall_seconds):
                    printed = await self._read(output)
                    status = await process.wait()
            except TimeoutError:
                raise errors.KeyCommandFailed(
                    f"The key command {program} was not done within {self._wall_seconds:g} s. Run it by hand: does it "
                    "wait for something?"
                ) from None
            finally:
                await _stop(process)
        if status != 0:
            raise errors.KeyCommandFailed(
                f"The key command {program} ended with status {status}. Run it by hand to see what it says."
            )
        return printed

    async def _start(self, output: int) -> Process:
        try:
            # A session of its own, so that what the command starts can be stopped with it.
            return await asyncio.create_subprocess_exec(
                *self._arguments, stdin=DEVNULL, stdout=output, stderr=DEVNULL, start_new_session=True
            )
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else "an argument holds a zero byte"
            program = PurePath(self._arguments[0]).name
            raise errors.KeyCommandFailed(f"The key command {program} could not be started: {reason}.") from None
        finally:
            os.close(output)  # the command has its own; the output ends when that one is closed

    async def _read(self, output: asyncio.StreamReader) -> SecretValue:
        printed = bytearray()
        while chunk := await output.read(self._output_bytes + 1 - len(printed)):
            printed += chunk
            if len(printed) > self._output_bytes:
                printed.clear()  # a report that shows local variables would print it
                del chunk
                raise errors.KeyCommandFailed(
                    f"The key command printed more than {self._output_bytes:,} bytes. It must print the keys alone."
                )
        # Keys are ASCII; what is not is refused as a key, without an exception that holds the bytes.
        return SecretValue(printed.decode("ascii", "replace"))


@contextlib.asynccontextmanager
async def _pipe() -> AsyncIterator[tuple[asyncio.StreamReader, int]]:
    """Give a pipe to read from and its other end. Not asyncio's: that one stays open while anybody else holds it."""
    read_end, write_end = os.pipe()
    reader = asyncio.StreamReader()
    transport, _ = await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(read_end, "rb", buffering=0)
    )
    try:
        yield reader, write_end
    finally:
        transport.close()
        await asyncio.sleep(0)  # it closes at the loop's next turn


async def _stop(process: Process) -> None:
    """Stop the command and whatever it left behind in its session's group."""
    # The group's number is not given to anybody else while one of its processes lives.
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    await process.wait()
