"""What a command asks with: the client, and the tenant that is meant.

Nothing that takes time to import is imported before a command is called: `interlock --help` reads the modules of all.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from interlock.executor.errors import Misused

if TYPE_CHECKING:
    from collections.abc import Iterator

    from interlock.executor.client import Client


@dataclass(frozen=True, slots=True)
class Asked:
    """A client, and the tenant that was named with the command or by INTERLOCK_TENANT."""

    client: Client
    named: str | None

    @property
    def tenant(self) -> str:
        """Return the tenant. Raises Misused (tenant_missing)."""
        if not self.named:
            raise Misused(
                "tenant_missing",
                "It is not said which tenant is meant.",
                "Give --tenant TENANT, or set INTERLOCK_TENANT.",
            )
        return self.named

    def triggers(self) -> list[Any]:
        """Return all triggers that the server has, those of its operator among them, as it says them."""
        return list(self.client.get("triggers")["items"])


@contextlib.contextmanager
def api(tenant: str | None = None) -> Iterator[Asked]:
    """Give what a command asks with. Raises `ExecutorError` when there is no address or no key."""
    from interlock.executor import client, settings  # noqa: PLC0415 - see the top

    loaded = settings.load()
    with client.Client(client.find(loaded)) as opened:
        yield Asked(opened, tenant or loaded.tenant)
