"""A store that is away, as the worker knows it."""

import contextlib
from collections.abc import Iterator

from interlock.executor import errors
from interlock.worker.errors import Unavailable


@contextlib.contextmanager
def as_the_worker_says() -> Iterator[None]:
    """Turn the store's Unavailable into the worker's, which waits and tries again."""
    try:
        yield
    except errors.Unavailable as away:
        raise Unavailable(f"The store cannot be used now: {away.message}. Nothing is lost; {away.hint}.") from away
