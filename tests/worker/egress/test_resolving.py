import asyncio
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from ipaddress import ip_address
from typing import Any

import pytest

from interlock.sandbox import OperationFailed
from interlock.worker.egress.pinning import PinnedResolver, parse_pin
from interlock.worker.egress.resolving import MOST_ADDRESSES, SystemResolver
from interlock.worker.egress.turns import ResolverLimits
from interlock.worker.errors import PolicyRejected

FEW = ResolverLimits(lookups=4, lookups_of_one=2, waiting=10_000, deadline_ms=60_000)


def place(address: str, scope: int = 0) -> Any:
    """One answer of getaddrinfo."""
    if ":" in address:
        return (socket.AF_INET6, socket.SOCK_STREAM, 6, "", (address, 0, 0, scope))
    return (socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 0))


class Slow:
    """A system that answers no name before it is told to; it knows how many ask at the same time, and who."""

    def __init__(self) -> None:
        self.answers = threading.Event()
        self.asked: list[str] = []
        self.most = 0
        self._lock = threading.Lock()
        self._now = 0
        self._began = threading.Condition(self._lock)

    def __call__(self, host: bytes, _port: None, **_: Any) -> Sequence[Any]:
        with self._lock:
            self.asked.append(host.decode())
            self._now += 1
            self.most = max(self.most, self._now)
            self._began.notify_all()
        assert self.answers.wait(60)
        with self._lock:
            self._now -= 1
        return [place("93.184.216.34")]

    async def under_way(self, count: int) -> None:
        """Wait until so many have been asked."""

        def wait() -> None:
            with self._began:
                assert self._began.wait_for(lambda: len(self.asked) >= count, 60)

        await asyncio.to_thread(wait)


@pytest.fixture
def slow() -> Iterator[Slow]:
    system = Slow()
    yield system
    system.answers.set()


def answering(*places: Any) -> Callable[..., Sequence[Any]]:
    return lambda *_, **__: list(places)


def failing(error: Exception) -> Callable[..., Sequence[Any]]:
    def fail(*_: Any, **__: Any) -> Sequence[Any]:
        raise error

    return fail


async def test_the_system_is_asked_and_each_address_given_once() -> None:
    system = answering(place("93.184.216.34"), place("2606:2800::1"), place("93.184.216.34"), place("fe80::1", 2))
    found = await SystemResolver(getaddrinfo=system).addresses("public.example")
    assert found == (ip_address("93.184.216.34"), ip_address("2606:2800::1"))


async def test_this_machine_knows_localhost() -> None:
    found = await SystemResolver().addresses("localhost")
    assert all(address.is_loopback for address in found)


async def test_an_address_needs_no_lookup(slow: Slow) -> None:
    assert await SystemResolver(FEW, slow).addresses("192.0.2.1") == (ip_address("192.0.2.1"),)
    assert slow.asked == []


async def test_a_name_with_a_thousand_addresses_has_a_few() -> None:
    many = [place(f"93.184.{number // 256}.{number % 256}") for number in range(1_000)]
    assert len(await SystemResolver(getaddrinfo=answering(*many)).addresses("many.example")) == MOST_ADDRESSES


@pytest.mark.parametrize(
    ("system", "message"),
    [
        (failing(socket.gaierror(socket.EAI_NONAME, "x")), "there is no host a.example"),
        (failing(socket.gaierror(socket.EAI_AGAIN, "x")), "try again"),
        (failing(socket.gaierror(socket.EAI_FAIL, "x")), "could not be looked up"),
        (failing(OSError("x")), "could not be looked up"),
        (failing(UnicodeError("x")), "could not be looked up"),
        (answering(), "no address"),
        (answering(place("fe80::1", 2)), "no address"),
        (answering((socket.AF_UNIX, 1, 0, "", "/run/x")), "no address"),
    ],
)
async def test_a_name_that_leads_nowhere_fails_and_says_so(system: Any, message: str) -> None:
    with pytest.raises(OperationFailed, match=message) as failed:
        await SystemResolver(getaddrinfo=system).addresses("a.example")
    assert failed.value.reason == "dns_failed"


async def test_a_system_that_is_silent_ends_the_wait_and_not_the_process(slow: Slow) -> None:
    resolver = SystemResolver(ResolverLimits(lookups=2, lookups_of_one=2, deadline_ms=20), slow)
    failures = await asyncio.gather(
        *(resolver.addresses(f"n{number}.example", "a") for number in range(1_000)), return_exceptions=True
    )
    assert {str(failure).partition(" for ")[0] for failure in failures} == {"no name server answered in time"}
    assert len(slow.asked) == 2
    assert slow.most == 2


async def test_a_thousand_slow_lookups_of_one_tenant_leave_turns_for_another(slow: Slow) -> None:
    resolver = SystemResolver(FEW, slow)
    flood = [asyncio.create_task(resolver.addresses(f"n{number}.example", "a")) for number in range(1_000)]
    await slow.under_way(2)
    other = asyncio.create_task(resolver.addresses("wanted.example", "b"))
    await slow.under_way(3)
    assert slow.asked[2] == "wanted.example"
    slow.answers.set()
    assert await other == (ip_address("93.184.216.34"),)
    assert len(await asyncio.gather(*flood)) == 1_000
    assert slow.most <= 4


async def test_who_cannot_even_wait_fails_at_once(slow: Slow) -> None:
    resolver = SystemResolver(ResolverLimits(lookups=1, lookups_of_one=1, waiting=1, deadline_ms=60_000), slow)
    first = asyncio.create_task(resolver.addresses("a.example"))
    await slow.under_way(1)
    second = asyncio.create_task(resolver.addresses("b.example"))
    await asyncio.sleep(0)
    with pytest.raises(OperationFailed, match="too many names"):
        await resolver.addresses("c.example")
    slow.answers.set()
    assert await asyncio.gather(first, second)


async def test_a_lookup_that_nobody_waits_for_gives_its_turn_back(slow: Slow) -> None:
    resolver = SystemResolver(ResolverLimits(lookups=1, lookups_of_one=1, deadline_ms=60_000), slow)
    given_up = asyncio.create_task(resolver.addresses("a.example", "a"))
    await slow.under_way(1)
    waiting = asyncio.create_task(resolver.addresses("b.example", "a"))
    await asyncio.sleep(0)
    for task in (given_up, waiting):
        task.cancel()
    await asyncio.gather(given_up, waiting, return_exceptions=True)
    slow.answers.set()
    assert await resolver.addresses("c.example", "a")
    assert resolver._turns._own == {}


async def test_a_pinned_name_leads_where_it_was_pinned() -> None:
    pins = dict([parse_pin("API.example.com:443:127.0.0.1:8443"), parse_pin("api.example.com:80:[::1]")])
    resolver = PinnedResolver(pins, SystemResolver(getaddrinfo=answering(place("93.184.216.34"))))
    assert resolver.pinned("api.example.com", 443) == (ip_address("127.0.0.1"), 8443)
    assert resolver.pinned("api.example.com", 80) == (ip_address("::1"), None)
    assert resolver.pinned("api.example.com", 25) is None
    assert await resolver.addresses("api.example.com") == (ip_address("127.0.0.1"), ip_address("::1"))
    assert await resolver.addresses("other.example.com") == (ip_address("93.184.216.34"),)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a",
        "a:443",
        "a:443:",
        "a:443:b",
        "a:443:127.1",
        "a:443:::1",
        "a:0:127.0.0.1",
        "a:443:127.0.0.1:0",
        "a:443:127.0.0.1:65536",
        "a:443:127.0.0.1:8443:1",
        "a:https:127.0.0.1",
        ":443:127.0.0.1",
        "a b:443:127.0.0.1",
        "a:443:[::1",
        "a:443:]::1[",
        "a:443:127.0.0.1:٣",
    ],
)
def test_what_is_no_pin_is_refused(text: str) -> None:
    with pytest.raises(PolicyRejected, match="HOST:PORT:ADDRESS"):
        parse_pin(text)
