"""What a guest asks to have computed: its options and bytes, each read with its type and bounds, nothing else taken.

Refusals are `OperationFailed`: `bad_request` (the arguments are wrong), `work_limit` (too much), `crypto_failed` (the
computation itself says no: a tag that does not match, a key that cannot be read).
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, TypeVar

from interlock.sandbox.compute.caps import CAPS
from interlock.sandbox.errors import OperationFailed
from interlock.sandbox.messages import JSON

BAD_REQUEST: Final = "bad_request"
WORK_LIMIT: Final = "work_limit"
CRYPTO_FAILED: Final = "crypto_failed"

_Choice = TypeVar("_Choice")
_LONGEST_TEXT: Final = 256


@dataclass(frozen=True, slots=True)
class Result:
    """What a computation gave: a JSON value, byte strings, and whether it drew entropy (then no image may hold it)."""

    data: tuple[bytes, ...] = ()
    value: JSON = None
    drew: bool = False


@dataclass(frozen=True, slots=True)
class Request:
    """The arguments of one call. Whoever reads an option says what it may be; `only` refuses those nobody reads."""

    options: Mapping[str, JSON] = field(default_factory=dict)
    data: tuple[bytes, ...] = ()

    @property
    def size(self) -> int:
        """All bytes given."""
        return sum(map(len, self.data))

    def only(self, *names: str, data: int | tuple[int, int]) -> None:
        """Refuses options of other names, and another number of byte strings than `data` (or from one to another)."""
        if not self.options.keys() <= set(names):
            raise bad_request(f"the options may be {', '.join(names) or 'none'}")
        least, most = (data, data) if isinstance(data, int) else data
        if not least <= len(self.data) <= most:
            raise bad_request(f"{least} byte strings are needed")

    def whole(self, name: str, least: int, most: int, otherwise: int | None = None) -> int:
        """A whole number from `least` to `most`; more is beyond the work that one call may ask for."""
        value = self.options.get(name, otherwise)
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if not isinstance(value, int) or isinstance(value, bool) or value < least:
            raise bad_request(f"{name} must be a whole number from {least}")
        if value > most:
            raise work_limit(f"{name} may be at most {most} in one computation")
        return value

    def text(self, name: str, otherwise: str | None = None) -> str:
        """A short string."""
        value = self.options.get(name, otherwise)
        if not isinstance(value, str) or len(value) > _LONGEST_TEXT:
            raise bad_request(f"{name} must be a string of at most {_LONGEST_TEXT} characters")
        return value

    def flag(self, name: str) -> bool:
        """True or false; false when it is not given."""
        value = self.options.get(name, False)
        if not isinstance(value, bool):
            raise bad_request(f"{name} must be true or false")
        return value

    def choice(self, name: str, choices: Mapping[str, _Choice], otherwise: str | None = None) -> _Choice:
        """What a name stands for in `choices`."""
        value = self.text(name, otherwise)
        if value not in choices:
            raise bad_request(f"{name} must be one of {', '.join(choices)}")
        return choices[value]


@dataclass(frozen=True, slots=True)
class Function:
    """A computation. `work` estimates its microseconds from a request nobody has checked yet; both may refuse it."""

    run: Callable[[Request], Result]
    work: Callable[[Request], float]


def bad_request(message: str) -> OperationFailed:
    """The arguments are wrong."""
    return OperationFailed(BAD_REQUEST, message)


def work_limit(message: str) -> OperationFailed:
    """More than one computation may take."""
    return OperationFailed(WORK_LIMIT, message)


def crypto_failed(message: str) -> OperationFailed:
    """The computation says no. `message` may begin with a code of Node's, which the guest gives its error."""
    return OperationFailed(CRYPTO_FAILED, message)


def read(options_json: bytes, data: tuple[bytes, ...]) -> Request:
    """The arguments of a call, within the caps on their sizes."""
    if len(options_json) > CAPS.options_bytes:
        raise work_limit(f"the options of a computation may have at most {CAPS.options_bytes} bytes")
    try:
        options = json.loads(options_json)
    except (ValueError, RecursionError):
        raise bad_request("the options of a computation are not JSON") from None
    return of(options, data)


def of(options: JSON, data: tuple[bytes, ...]) -> Request:
    """The same with options that were JSON already."""
    if not isinstance(options, dict):
        raise bad_request("the options of a computation must be an object")
    request = Request(options, data)
    if request.size > CAPS.bytes_in:
        raise work_limit(f"one computation may read at most {CAPS.bytes_in} bytes")
    return request


def by_size(us_per_mebibyte: float, fixed_us: float = 0) -> Callable[[Request], float]:
    """Work that follows the bytes read."""
    return lambda request: fixed_us + request.size * us_per_mebibyte / (1 << 20)
