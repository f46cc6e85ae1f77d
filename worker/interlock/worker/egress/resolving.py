"""What addresses a name has, asked once for a connection.

The system's own resolver is asked (`getaddrinfo`): /etc/hosts, search lists and name services are the operator's
choice, and an action meets the names that the machine has. It blocks, and cannot be cancelled, so each lookup has a
thread of its own for as long as it takes, of which there are few (`turns.py`).

Nothing is cached here. A cache that runs share would tell a tenant by its speed which names others use, and would be
there to be poisoned; within a run, connections are kept, so that a name is asked for once anyway. Nor is it needed
against rebinding: a decision is made about the address that is connected to.
"""

import asyncio
import socket
import threading
from collections.abc import Callable, Sequence
from ipaddress import ip_address
from typing import Any, Final, Protocol

from interlock.sandbox import OperationFailed
from interlock.worker.egress import names
from interlock.worker.egress.addresses import Address
from interlock.worker.egress.turns import DEFAULT, DNS_FAILED, ResolverLimits, Turns

MOST_ADDRESSES: Final = 16
"""Of one name: what comes after them is left out."""

_NO_SUCH_NAME: Final = frozenset({socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME)})


class Resolver(Protocol):
    """What tells the addresses of names."""

    async def addresses(self, host: str, owner: str = "") -> Sequence[Address]:
        """Return the addresses of a normalised name, at least one, in the order to try them.

        `owner` is who is charged: a tenant. Raises OperationFailed (dns_failed).
        """
        ...


class SystemResolver:
    """Asks the system. One for a process; belongs to the event loop it is first used in."""

    def __init__(
        self, limits: ResolverLimits = DEFAULT, getaddrinfo: Callable[..., Sequence[Any]] = socket.getaddrinfo
    ) -> None:
        """`getaddrinfo` has the arguments and answers of the `socket` module's, and may block."""
        self._turns = Turns(limits)
        self._deadline_s = limits.deadline_ms / 1_000
        self._getaddrinfo = getaddrinfo

    async def addresses(self, host: str, owner: str = "") -> Sequence[Address]:
        """As `Resolver` says. The thread of a lookup that took too long goes on, and keeps its turn until it ends."""
        literal = names.literal(host)
        if literal is not None:
            return (literal,)
        try:
            async with asyncio.timeout(self._deadline_s):
                give_back = await self._turns.take(owner)
                found = await self._asked(host, give_back)
        except TimeoutError:
            raise OperationFailed(DNS_FAILED, f"no name server answered in time for {host}") from None
        except socket.gaierror as error:
            if error.errno in _NO_SUCH_NAME:
                raise OperationFailed(DNS_FAILED, f"there is no host {host}") from None
            raise OperationFailed(DNS_FAILED, f"the name {host} could not be looked up: try again") from None
        except (OSError, UnicodeError):
            raise OperationFailed(DNS_FAILED, f"the name {host} could not be looked up") from None
        addresses = _addresses(found)
        if not addresses:
            raise OperationFailed(DNS_FAILED, f"the host {host} has no address")
        return addresses

    async def _asked(self, host: str, give_back: Callable[[], None]) -> Sequence[Any]:
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Sequence[Any]] = loop.create_future()

        def finish(found: Sequence[Any] | None, error: BaseException | None) -> None:
            give_back()
            if answer.cancelled():
                return
            if error is None:
                answer.set_result(found or ())
            else:
                answer.set_exception(error)

        def look_up() -> None:
            found, failed = None, None
            try:
                # As bytes: for text, Python would encode the name once more, with IDNA 2003.
                found = self._getaddrinfo(host.encode("ascii"), None, type=socket.SOCK_STREAM)
            except Exception as error:  # noqa: BLE001 - whatever it is, somebody waits for it
                failed = error
            try:
                loop.call_soon_threadsafe(finish, found, failed)
            except RuntimeError:
                return  # the loop is closed: nobody waits any more

        try:
            # A daemon: a name server that never answers does not keep the process from ending.
            threading.Thread(target=look_up, name="lookup", daemon=True).start()
        except BaseException:
            give_back()
            raise
        return await answer


def _addresses(found: Sequence[Any]) -> tuple[Address, ...]:
    """Return the addresses of `getaddrinfo`'s answer, each once; one with a zone could be reached by its zone alone."""
    addresses: dict[Address, None] = {}
    for family, _, _, _, place in found:
        if family in {socket.AF_INET, socket.AF_INET6} and "%" not in place[0] and not (len(place) == 4 and place[3]):
            addresses[ip_address(place[0])] = None
        if len(addresses) == MOST_ADDRESSES:
            break
    return tuple(addresses)
