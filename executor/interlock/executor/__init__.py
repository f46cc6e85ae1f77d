"""The executor: where an event comes in and its outcome goes out. In this version that is the command line.

`interlock.executor.main` is its entry point, `composition` puts worker and sandbox together, `store` keeps what lasts.
"""

from interlock.executor.errors import (
    Conflict,
    ExecutorError,
    FileRefused,
    Invalid,
    KeyReused,
    Misused,
    NotFound,
    SecretRefused,
    StoreError,
    Unavailable,
    WrongSchema,
)

__all__ = [
    "Conflict",
    "ExecutorError",
    "FileRefused",
    "Invalid",
    "KeyReused",
    "Misused",
    "NotFound",
    "SecretRefused",
    "StoreError",
    "Unavailable",
    "WrongSchema",
]
