"""Triggers that an operator adds: what a file may say of them, and how they become triggers like any other.

`catalogue` takes the file's data, wherever it was written, and returns the documented triggers with those of the file.
"""

from interlock.worker.own_triggers.reading import catalogue

__all__ = ["catalogue"]
