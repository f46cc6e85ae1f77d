"""The one connection for what every event asks of Redis."""

import asyncio

import pytest
import redis

from interlock.executor.embedded import Valkey
from interlock.worker.queue.connections import connect
from interlock.worker.queue.together import Call, Script, Together, answers


async def test_answers_come_in_their_order_and_an_error_stands_among_them(server: Valkey) -> None:
    async with connect(server.url) as connected:
        first, refused, last = await connected.line.call(("ECHO", "one"), ("NO-SUCH-COMMAND",), ("ECHO", "two"))
    assert (first, last) == (b"one", b"two")
    assert isinstance(refused, redis.ResponseError)


async def test_a_connection_that_the_server_closed_is_replaced_unseen(server: Valkey, client: redis.Redis) -> None:
    async with connect(server.url) as connected:
        [closed] = await connected.line.call(("CLIENT", "ID"))
        # In a thread, so that the loop hears of it meanwhile, as it does between two events.
        await asyncio.to_thread(client.client_kill_filter, _id=str(closed))
        [again] = await connected.line.call(("CLIENT", "ID"))
    assert again != closed


async def test_who_waits_is_told_when_the_server_closes_the_connection(server: Valkey, client: redis.Redis) -> None:
    async with connect(server.url) as connected:
        [number] = await connected.line.call(("CLIENT", "ID"))
        waiting = asyncio.create_task(connected.line.call(("BLPOP", "interlock:test:nothing-comes", 60)))
        await asyncio.sleep(0)
        await asyncio.to_thread(client.client_kill_filter, _id=str(number))
        with pytest.raises(redis.ConnectionError):
            await waiting
        assert await connected.line.call(("ECHO", "again")) == [b"again"]


async def test_who_goes_away_leaves_no_answer_to_the_next(server: Valkey) -> None:
    async with connect(server.url) as connected:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await connected.line.call(("BLPOP", "interlock:test:nothing-comes", 60), ("ECHO", "old"))
        assert await connected.line.call(("ECHO", "new")) == [b"new"]


async def test_a_server_that_knows_no_script_is_told_it(server: Valkey, client: redis.Redis) -> None:
    adds, fails = Script.of("return KEYS[1] .. ARGV[1] -- told anew"), Script.of("return redis.error_reply('WRONG')")
    async with connect(server.url) as connected:
        for _ in range(2):
            client.script_flush()
            calls = [Call(adds, ["a"], ["b"]), Call(fails, [], []), Call(adds, ["c"], ["d"])]
            first, refused, last = await answers(connected.line, calls)
            assert (first, last) == (b"ab", b"cd")
            assert isinstance(refused, redis.ResponseError)


async def test_scripts_of_many_callers_each_get_their_own_answer(server: Valkey) -> None:
    script = Script.of("if ARGV[1] == '7' then return redis.error_reply('WRONG 7') end return ARGV[1]")
    async with connect(server.url) as connected:
        together = Together(connected.line)
        calls = [together.run(Call(script, [], [number])) for number in range(250)]
        found = await asyncio.gather(*calls, return_exceptions=True)
    assert isinstance(found[7], redis.ResponseError)
    del found[7]
    assert found == [str(number).encode() for number in range(250) if number != 7]


async def test_a_caller_that_goes_away_takes_no_answer_from_the_others(server: Valkey) -> None:
    script = Script.of("return ARGV[1]")
    async with connect(server.url) as connected:
        together = Together(connected.line)
        running = [asyncio.create_task(together.run(Call(script, [], [number]))) for number in range(3)]
        await asyncio.sleep(0)
        running[0].cancel()
        running[1].cancel()
        assert await running[2] == b"2"
