"""The executor: where an event comes in and its outcome goes out. In this version that is the command line.

`interlock.executor.main` is its entry point, `composition` puts worker and sandbox together.
"""

from interlock.executor.errors import ExecutorError, FileRefused, Misused, SecretRefused

__all__ = ["ExecutorError", "FileRefused", "Misused", "SecretRefused"]
