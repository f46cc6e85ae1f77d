"""All computations by name: one table, the same for the synchronous call and for the host operation `compute`."""

from collections.abc import Mapping
from typing import Final

from interlock.sandbox.compute import (
    certificates,
    ciphers,
    compressing,
    deriving,
    hashing,
    keeping,
    localizing,
    signing,
)
from interlock.sandbox.compute.caps import CAPS
from interlock.sandbox.compute.requests import Function, Request, Result, bad_request, crypto_failed, work_limit
from interlock.sandbox.errors import OperationFailed

FUNCTIONS: Final[Mapping[str, Function]] = {
    **certificates.FUNCTIONS,
    **ciphers.FUNCTIONS,
    **compressing.FUNCTIONS,
    **deriving.FUNCTIONS,
    **hashing.FUNCTIONS,
    **keeping.FUNCTIONS,
    **localizing.FUNCTIONS,
    **signing.FUNCTIONS,
}


def find(name: str) -> Function:
    """A computation by its name."""
    function = FUNCTIONS.get(name)
    if function is None:
        raise bad_request("there is no computation of this name")
    return function


def run(function: Function, request: Request) -> Result:
    """Computes. Raises `OperationFailed` and nothing else: no library's words about a guest's keys go anywhere."""
    try:
        result = function.run(request)
    except OperationFailed:
        raise
    except MemoryError:
        raise work_limit("the host has no memory for this computation") from None
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException:  # noqa: BLE001 - libraries refuse hostile bytes in their own ways; a panic of Rust's is no Exception
        raise crypto_failed("the computation failed") from None
    if sum(map(len, result.data)) > CAPS.bytes_out:
        raise work_limit(f"one computation may give at most {CAPS.bytes_out} bytes")
    return result
