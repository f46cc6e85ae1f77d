"""One request and its answer, whichever version of HTTP carries them."""

from dataclasses import dataclass
from typing import Final, Protocol

Header = tuple[str, str]
"""Of an answer: the name in lower case, the value as it came, a byte a character (Fetch, "isomorphic decode")."""

READ_BYTES: Final = 64 << 10
"""What is asked of a connection at once."""
INLINE_BYTES: Final = 64 << 10
"""A body of this size goes out with the head; a larger one while the answer is waited for."""


@dataclass(frozen=True, slots=True)
class Request:
    """What goes out. `headers` are checked, in lower case, and frame the body; `host` is the authority."""

    method: str
    scheme: str
    host: str
    target: str
    headers: tuple[tuple[bytes, bytes], ...]
    has_body: bool


@dataclass(frozen=True, slots=True)
class Head:
    """How an answer begins."""

    version: str
    status: int
    reason: str
    headers: tuple[Header, ...]

    def get(self, name: str) -> str | None:
        """Return the first value of a header, by its name in lower case."""
        return next((value for key, value in self.headers if key == name), None)


class Exchange(Protocol):
    """A request that is under way. One task may send while another reads; `close` is always right, and done once.

    All raise OperationFailed: connection_closed, http_failed, too_many_bytes.
    """

    async def send(self, data: bytes, *, end: bool) -> None:
        """Send a piece of the body, when the peer can take it."""
        ...

    async def head(self) -> Head:
        """Wait for the answer's head; interim answers (1xx) are passed over."""
        ...

    async def read(self) -> bytes:
        """Wait for a piece of the answer's body; none is its end."""
        ...

    def read_at_once(self) -> bytes | None:
        """Return what has come of the body already, nothing at its end, or None."""
        ...

    def close(self) -> None:
        """Give the connection back, or close what cannot be used again."""
        ...

    @property
    def untouched(self) -> bool:
        """Whether nothing of an answer has come: then the peer may never have seen the request."""
        ...
