"""What is computed later: its bytes wait on the host, bounded, and its results until they are taken."""

import asyncio
from typing import Any

import pytest

from interlock.sandbox import OperationFailed, Sandbox
from interlock.sandbox.compute import CAPS, Budget, Desk, Performer, Pool, registry, requests
from interlock.sandbox.messages import Operation

CTR = "'cipher', { mode: 'ctr', encrypt: true }, new Uint8Array(16), new Uint8Array(16)"


def call(desk: Desk, name: str, options: Any, *data: bytes) -> Any:
    request = requests.of(options, data)
    return registry.run(desk.find(name, request), request)


def test_more_than_a_run_may_hold_is_an_error_the_guest_can_catch(value_of: Any) -> None:
    body = f"""const piece = new Uint8Array(6e6); const seen = [];
        await Promise.all(Array.from({{ length: 10 }}, () => computeLater({CTR}, piece)
            .then((made) => seen.push(made.data[0].length), (e) => seen.push(e.code))));
        const after = await computeLater({CTR}, piece);
        return [seen.filter((one) => one === 'work_limit').length, seen.filter((one) => one === 6e6).length,
            after.data[0].length]"""
    assert value_of(body) == [5, 5, 6_000_000]


async def test_nothing_begins_while_a_busy_guest_has_long_answers_to_take() -> None:
    with Pool.open() as pool:
        desk = Desk(Budget())
        performer = Performer(pool, desk, lambda _: None, lambda: False)
        options = {"name": "cipher", "options": {"mode": "ctr", "encrypt": True}}
        numbers = [
            call(desk, "later", options, bytes(16), bytes(16), bytes(CAPS.results_bytes + 1)).value for _ in range(3)
        ]
        tasks = [asyncio.ensure_future(performer(Operation(n, "compute", {"number": n}))) for n in numbers]
        assert await tasks[0] is None
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(asyncio.shield(tasks[1]), 0.05)
        assert len(call(desk, "result", {"number": numbers[0]}).data[0]) == CAPS.results_bytes + 1
        await tasks[1]
        tasks[2].cancel()
        with pytest.raises(asyncio.CancelledError):
            await tasks[2]
        assert list(desk.deposits._given) == []
        desk.close()
        assert not desk.deposits._results


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("later", {}),
        ("later", {"name": "nothing", "options": {}}),
        ("later", {"name": "later", "options": {"name": "crc32", "options": {}}}),
        ("later", {"name": "result", "options": {"number": 1}}),
        ("later", {"name": "stream.close", "options": {"stream": 1}}),
        ("later", {"name": "crc32", "options": []}),
        ("later", {"name": "crc32", "options": {}, "more": 1}),
        ("result", {"number": 1}),
        ("result", {"number": -1}),
        ("result", {"number": 1e300}),
        ("result", {"number": "1"}),
        ("result", {}),
    ],
)
def test_a_wrong_call_is_a_refusal(name: str, options: Any) -> None:
    with pytest.raises(OperationFailed) as failed:
        call(Desk(Budget()), name, options)
    assert failed.value.reason in {"bad_request", "work_limit"}


def test_a_result_is_taken_once_and_by_its_own_run(value_of: Any) -> None:
    body = """const number = compute('later', { name: 'crc32', options: {} }, bytes('abc')).value;
        const early = failure(() => compute('result', { number }))[0];
        await new Promise((done) => startNumber(number, done));
        const first = compute('result', { number }).value;
        return [early, first, failure(() => compute('result', { number }))[0]]"""
    assert value_of(body) == ["bad_request", 0x352441C2, "bad_request"]


async def test_others_go_on_while_large_results_are_handed_over(computing: Sandbox) -> None:
    heavy = await computing.load(
        f"""module.exports = async () => {{
            const piece = new Uint8Array(15e6); let sum = 0;
            for (let i = 0; i < 3; i++) sum += (await computeLater({CTR}, piece)).data[0].length;
            return sum }}"""
    )
    quick = await computing.load("module.exports = () => 1")
    running = asyncio.ensure_future(computing.run(heavy, b"null"))
    rounds = 0
    while not running.done():
        assert (await computing.run(quick, b"null")).output == 1
        rounds += 1
        await asyncio.sleep(0)
    assert running.result().output == 45_000_000
    assert rounds > 10
