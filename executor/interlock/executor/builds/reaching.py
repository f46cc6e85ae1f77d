"""The store's being away, as the queue knows it: the caller waits and tries again."""

import contextlib
from collections.abc import Iterator

from interlock.executor import errors
from interlock.worker.errors import Unavailable


@contextlib.contextmanager
def reaching() -> Iterator[None]:
    """Turn the store's Unavailable into the worker's."""
    try:
        yield
    except errors.Unavailable as away:
        raise Unavailable(away.message) from away
