"""Servers that Interlock brings along, for one machine without any set-up: Valkey, which stands in for Redis."""

from interlock.executor.embedded.server import SOCKET, Valkey, valkey
from interlock.executor.embedded.watching import kept_running

__all__ = ["SOCKET", "Valkey", "kept_running", "valkey"]
