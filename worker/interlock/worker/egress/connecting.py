"""The one place where a connection is opened: resolve once, decide about each address, connect to exactly that one.

Nothing that speaks a protocol gets an address or a socket in any other way, and a redirect comes through here again for
each hop. A refusal fails with the policy's own words and is a line in the operator's log.
"""

import asyncio
import errno
import socket
import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address
from typing import Final, Protocol

import structlog

from interlock.sandbox import OperationFailed
from interlock.worker.egress import failures, names, own, tls
from interlock.worker.egress.addresses import Address
from interlock.worker.egress.policy import Decision, Policy
from interlock.worker.egress.streams import Stream
from interlock.worker.errors import HostRejected

MOST_ADDRESSES: Final = 8
"""Of one name, that are decided about and tried."""
MOST_REFUSALS: Final = 20
"""Of one run, that its author is told of."""
FIRST_TRIES_S: Final = 2.0
"""How long an address may keep silent while there is another one to try."""

_log: Final = structlog.get_logger(__name__)

StandIns = Mapping[tuple[str, int], tuple[Address, int | None]]
"""Where a host and port lead instead of what a name server says, as curl's --resolve: for tests and first tries."""


class Resolver(Protocol):
    """What tells the addresses of a name."""

    async def addresses(self, host: str, owner: str = "") -> Sequence[Address]:
        """Return them in the order to try them; `owner` is charged for it. Raises OperationFailed (dns_failed)."""
        ...


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks: for the decision, for the operator's log, and for what the author is told of it afterwards.

    `led` are the names that led to an address when this run looked them up. A client that looks up a name by itself and
    connects to what it found means that name, so a rule about the name holds for it as well.
    """

    tenant: str
    action: str
    policy: Policy
    execution: str = ""
    refusals: list[str] = field(default_factory=list, compare=False, repr=False)
    """What was refused, as its author reads it, each once."""
    led: dict[Address, list[str]] = field(default_factory=dict, compare=False, repr=False)

    def decide(self, host: str, port: int, address: Address) -> Decision:
        """Decide about a connection to an address to which the host leads; that may be the address itself."""
        decision = own.decide(self.policy, host, port, address)
        if not decision.allowed and names.literal(host) == address:
            for name in self.led.get(address, ()):
                by_name = own.decide(self.policy, name, port, address)
                if by_name.allowed:
                    return by_name
        return decision

    def looked_up(self, host: str, addresses: Sequence[Address]) -> None:
        """Keep where a name led."""
        for address in addresses[:MOST_ADDRESSES]:
            known = self.led.setdefault(address, [])
            if host not in known:
                known.append(host)


class Connector:
    """Opens connections for any caller."""

    def __init__(self, resolver: Resolver, stand_ins: StandIns | None = None) -> None:
        """Resolve by `resolver`, but for what has a stand-in; the policy decides about a stand-in's address too."""
        self._resolver = resolver
        self._stand_ins = stand_ins or {}

    async def connect(
        self,
        caller: Caller,
        host: str,
        port: int,
        *,
        seconds: float,
        secured: tuple[ssl.SSLContext, str] | None = None,
    ) -> Stream:
        """Connect to a normalised host; with `secured`, a context and the name to verify, shake hands too.

        `seconds` are for all of it. Raises OperationFailed: egress_denied, dns_failed, connect_refused, connect_failed,
        connect_timeout, tls_failed.
        """
        shown = shown_host(host, port)
        try:
            async with asyncio.timeout(seconds):
                addresses = await self._permitted(caller, host, port)
                stream = await self._first(addresses, shown, self._port(host, port))
                if secured is not None:
                    await self.secure(caller, stream, *secured, host=host, port=port)
                return stream
        except TimeoutError:
            raise OperationFailed(failures.CONNECT_TIMEOUT, f"no answer from {shown} in {seconds:g} s") from None

    async def secure(  # noqa: PLR0913 - the parts of one handshake
        self, caller: Caller, stream: Stream, context: ssl.SSLContext, name: str, *, host: str, port: int
    ) -> None:
        """Shake hands over an open connection. The name that is asked for is held to the policy as the host's is."""
        try:
            if name != host:
                self.check(caller, name, port, stream.remote[0])
            await stream.start_tls(context, name)
        except ssl.SSLError as error:
            raise tls.explain(error, name) from None
        except OSError:
            raise OperationFailed(failures.TLS_FAILED, f"{name} closed the connection during the handshake") from None
        except BaseException:
            stream.close()
            raise

    def check(self, caller: Caller, host: str, port: int, address: Address) -> None:
        """Raise egress_denied, and tell the operator, unless the policy lets the caller use this very address."""
        decision = caller.decide(host, port, address)
        if not decision.allowed:
            raise refused(caller, decision, host, port, address)

    async def _permitted(self, caller: Caller, host: str, port: int) -> list[Address]:
        found = await self._found(caller, host, port)
        permitted: list[Address] = []
        failure: OperationFailed | None = None
        for address in found[:MOST_ADDRESSES]:
            decision = caller.decide(host, port, address)
            if decision.allowed:
                permitted.append(address)
            else:
                failure = refused(caller, decision, host, port, address)
        if not permitted:
            raise failure or OperationFailed(failures.DNS_FAILED, f"{host} has no address")
        return permitted

    async def _found(self, caller: Caller, host: str, port: int) -> Sequence[Address]:
        stand_in = self._stand_ins.get((host, port))
        if stand_in is not None:
            return [stand_in[0]]
        literal = names.literal(host)
        if literal is not None:
            return [literal]
        decision = caller.policy.decide_lookup(host)
        if not decision.allowed:
            raise refused(caller, decision, host, port, None)
        return await self._resolver.addresses(host, caller.tenant)

    def _port(self, host: str, port: int) -> int:
        stand_in = self._stand_ins.get((host, port))
        return port if stand_in is None else stand_in[1] or port

    async def _first(self, addresses: Sequence[Address], shown: str, port: int) -> Stream:
        """The first that answers. A silent one is left for the next after a while."""
        failure: OperationFailed | None = None
        for number, address in enumerate(addresses, 1):
            try:
                async with asyncio.timeout(FIRST_TRIES_S if number < len(addresses) else None):
                    return await _open(address, port, shown)
            except TimeoutError:
                failure = OperationFailed(failures.CONNECT_TIMEOUT, f"no answer from {shown}")
            except OperationFailed as failed:
                failure = failed
        raise failure or OperationFailed(failures.CONNECT_FAILED, f"no address of {shown} can be connected to")


def refused(
    caller: Caller, decision: Decision, host: str, port: int | None, address: Address | None
) -> OperationFailed:
    """Tell the operator of a refusal, and return the failure for the action's author."""
    fields = decision.fields(host, port or 0, address)
    of = {"execution": caller.execution} if caller.execution else {}
    _log.warning("egress_denied", tenant=caller.tenant, action=caller.action, **of, **fields)
    if len(caller.refusals) < MOST_REFUSALS and decision.message not in caller.refusals:
        caller.refusals.append(decision.message)
    return OperationFailed(failures.EGRESS_DENIED, decision.message)


def told(caller: Caller, host: str, found: Sequence[Address]) -> list[Address]:
    """Return of a name's addresses those that the caller may be told.

    Raises egress_denied, and tells the operator, when there are some and none of them may be.
    """
    decisions = [(address, caller.policy.decide_shown(host, address)) for address in found]
    shown = [address for address, decision in decisions if decision.allowed]
    if decisions and not shown:
        address, decision = decisions[0]
        raise refused(caller, decision, host, None, address)
    return shown


def normalised(host: object) -> str:
    """Return the one spelling of a host that a guest names. Raises `bad_request`."""
    if not isinstance(host, str):
        raise failures.bad_request("a host must be text")
    try:
        return names.normalise(host)
    except HostRejected as error:
        raise failures.bad_request(error.message) from None


def shown_host(host: str, port: int) -> str:
    """Return host and port as messages show them."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


async def _open(address: IPv4Address | IPv6Address, port: int, shown: str) -> Stream:
    family = socket.AF_INET if address.version == 4 else socket.AF_INET6
    try:
        opened = socket.socket(family, socket.SOCK_STREAM | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC)
    except OSError as error:
        raise _failure(error, shown) from None
    try:
        await asyncio.get_running_loop().sock_connect(opened, (str(address), port))
        opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        return Stream(opened, shown)
    except OSError as error:
        opened.close()
        raise _failure(error, shown) from None
    except BaseException:
        opened.close()
        raise


def _failure(error: OSError, shown: str) -> OperationFailed:
    if isinstance(error, ConnectionRefusedError):
        return OperationFailed(failures.CONNECT_REFUSED, f"nobody listens at {shown}")
    if error.errno in {errno.EMFILE, errno.ENFILE, errno.ENOBUFS}:
        return OperationFailed(failures.CONNECT_FAILED, f"the worker has no socket left for {shown}")
    why = errno.errorcode.get(error.errno or 0, "unknown")
    return OperationFailed(failures.CONNECT_FAILED, f"{shown} cannot be reached ({why})")
