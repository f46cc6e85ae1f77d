"""Answers of computations, as the engine reads them: `struct answer`."""

import struct
from typing import Final

from interlock.sandbox import messages, state
from interlock.sandbox.compute.requests import Result
from interlock.sandbox.errors import OperationFailed

_MESSAGE_BYTES: Final = 240
"""The engine's own bound on an error it makes."""


def encode(result: Result | OperationFailed) -> tuple[bytes, ...]:
    """`struct answer`, in pieces: its data may be long, and is copied once, into the guest."""
    if isinstance(result, OperationFailed):
        message = result.message.encode("utf-8", "replace")[:_MESSAGE_BYTES].decode("utf-8", "ignore").encode()
        flags = state.ANSWER_FAILED
        parts: tuple[bytes, ...] = (result.reason.encode(), message)
    else:
        flags = state.ANSWER_DREW if result.drew else 0
        value = b"null" if result.value is None else messages.encode(result.value).encode()
        parts = (value, *result.data)
    head = struct.pack(f"<{2 + len(parts)}I", flags, len(parts), *map(len, parts))
    return head, *(piece for part in parts for piece in (part, b"\0"))
