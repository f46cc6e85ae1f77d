"""Live lines through a real server: in order, numbered, bounded, and nobody waits for them."""

import asyncio
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock.executor.embedded import Valkey
from interlock.worker.errors import Unavailable
from interlock.worker.queue import tails
from interlock.worker.queue.tails import Position, TailReader, TailWriter, Told

positions = st.builds(Position, st.integers(0, 10**14), st.integers(-1, 10**14))


@given(positions)
def test_a_place_comes_back_from_its_spelling(position: Position) -> None:
    assert Position.parse(str(position)) == position


@given(st.text())
def test_whatever_is_no_place_is_none(text: str) -> None:
    found = Position.parse(text)
    assert found is None or Position.parse(str(found)) == found


async def _told(reader: TailReader, tenant: str, after: Position, count: int) -> list[Told]:
    async with asyncio.timeout(10):
        while len(found := await reader.read(tenant, after)) < count:  # noqa: ASYNC110 - Redis tells nobody
            await asyncio.sleep(0.01)
    return found


async def test_a_worker_knows_of_a_listener_and_tells_in_order(server: Valkey) -> None:
    async with TailWriter.open(server.url) as writer, TailReader.open(server.url) as reader:
        assert not writer.listened("acme")
        await reader.listen("acme")
        async with asyncio.timeout(10):
            while not writer.listened("acme"):  # noqa: ASYNC110 - a worker looks by itself
                await asyncio.sleep(0.01)
        assert not writer.listened("other")
        before = await reader.newest("acme")
        for number in range(30):
            writer.put("acme", {"kind": "line", "number": number, "odd": "ä\ud800"})
        told = await _told(reader, "acme", before, 30)
        assert [one.entry["number"] for one in told] == list(range(30))
        assert {one.missed for one in told} == {0}
        assert {one.entry["odd"] for one in told} == {"ä?"}
        assert [one.entry["number"] for one in await reader.read("acme", told[9].position, 5)] == [10, 11, 12, 13, 14]
        assert await reader.newest("acme") == told[-1].position
        assert await reader.read("other", Position()) == []


async def test_who_comes_back_late_is_told_how_much_is_gone(server: Valkey, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tails, "MOST_ENTRIES", 10)
    async with TailWriter.open(server.url) as writer, TailReader.open(server.url) as reader:
        for number in range(25):
            writer.put("late", {"kind": "line", "number": number})
        first, *_ = await _told(reader, "late", Position(), 10)
        assert (first.missed, first.entry["number"]) == (15, 15)
        behind = Position(first.position.made, 4)
        assert (await reader.read("late", behind))[0].missed == 10


async def test_what_there_is_no_room_for_is_dropped_and_counted(
    server: Valkey, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tails, "MOST_WAITING", 3)
    async with TailWriter.open(server.url) as writer, TailReader.open(server.url) as reader:
        for number in range(8):
            writer.put("busy", {"kind": "line", "number": number})
        told = await _told(reader, "busy", Position(), 4)
        assert [one.entry.get("number", one.entry.get("lines")) for one in told] == [0, 1, 2, 5]


async def test_without_a_server_nobody_is_listened_to_and_nothing_waits() -> None:
    nowhere = "redis://127.0.0.1:1/0"
    async with TailWriter.open(nowhere) as writer, TailReader.open(nowhere) as reader:
        writer.put("acme", {"kind": "line"})
        assert not writer.listened("acme")
        with pytest.raises(Unavailable):
            await reader.read("acme", Position())


async def test_an_enemys_entry_is_an_empty_one(server: Valkey) -> None:
    async with TailReader.open(server.url) as reader:
        client: Any = reader._server.client
        await client.xadd(tails.stream("hostile"), {"entry": "no JSON"})
        await client.xadd(tails.stream("hostile"), {"other": "[1]"})
        assert [one.entry for one in await reader.read("hostile", Position())] == [{}, {}]
