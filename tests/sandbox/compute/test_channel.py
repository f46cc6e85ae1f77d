"""The one import, as guests may use and misuse it: answers, failures, long work beside the event loop, hostile ones."""

import asyncio
import hashlib
import threading
import time
from typing import Any

import pytest

from interlock.sandbox import Limits, Prelude, Sandbox
from interlock.sandbox.compute import CAPS, registry
from interlock.sandbox.compute.requests import Function, Request, Result

ABC = hashlib.sha256(b"abc").hexdigest()
PBKDF2 = "'pbkdf2', { algorithm: 'sha512', iterations: 30000, length: 64 }, bytes('password'), bytes('salt')"
SLOW = f"compute({PBKDF2})"
"""Some 20 ms on a thread."""


def test_a_computation_gives_bytes_and_a_value(value_of: Any) -> None:
    assert value_of("return compute('hash', { algorithm: 'sha256' }, bytes('abc')).data[0].toHex()") == ABC
    assert value_of("return compute('crc32', {}, bytes('abc')).value") == 0x352441C2
    assert value_of("return Object.keys(compute('crc32', {}, bytes('abc')))") == ["value", "data"]


def test_several_views_and_an_empty_one_arrive_in_order(value_of: Any) -> None:
    body = """const all = bytes('xabcx');
        return compute('hash', { algorithm: 'sha256' }, all.subarray(1, 2), new Uint8Array(0), all.subarray(2, 4))
            .data[0].toHex()"""
    assert value_of(body) == ABC


def test_the_same_computation_is_a_host_operation(value_of: Any) -> None:
    assert value_of("return (await computeLater('hash', { algorithm: 'sha256' }, bytes('abc'))).data[0].toHex()") == ABC


@pytest.mark.parametrize("how", ["compute", "await computeLater"])
def test_a_large_result_arrives_whole(value_of: Any, how: str) -> None:
    body = f"""const data = new Uint8Array(5e6).fill(7, 2e6, 4e6);
        const key = [new Uint8Array(16), new Uint8Array(16)];
        const {{ data: [sealed] }} = {how}('cipher', {{ mode: 'ctr', encrypt: true }}, ...key, data);
        const {{ data: [plain] }} = {how}('cipher', {{ mode: 'ctr', encrypt: false }}, ...key, sealed);
        return [plain.length, plain.indexOf(7), plain.lastIndexOf(7), sealed[0] === 0]"""
    assert value_of(body) == [5_000_000, 2_000_000, 3_999_999, False]


@pytest.mark.parametrize(
    ("call", "code"),
    [
        ("compute('nothing', {})", "bad_request"),
        ("compute('x'.repeat(1000), {})", "bad_request"),
        ("compute('constructor', {})", "bad_request"),
        ("compute('hash', { algorithm: 'sha9' })", "bad_request"),
        ("compute('hash', { algorithm: ['sha256'] })", "bad_request"),
        ("compute('hash', { algorithm: 'sha256', more: 1 })", "bad_request"),
        ("compute('hash', [])", "bad_request"),
        ("hostCompute('hash', '{')", "bad_request"),
        ("hostCompute('hash', '['.repeat(60000))", "bad_request"),
        ("hostCompute('hash', '\"' + 'x'.repeat(70000) + '\"')", "work_limit"),
        ("compute('hash', { algorithm: 'sha256', length: 1e300 }, bytes(''))", "work_limit"),
        ("compute('cipher', { mode: 'cbc' }, new Uint8Array(16), new Uint8Array(16), bytes('no'))", "crypto_failed"),
        ("compute('hash', { algorithm: 'sha256' }, ...Array(8).fill(new Uint8Array(5e6)))", "work_limit"),
    ],
)
def test_a_wrong_call_is_an_error_with_the_hosts_code(value_of: Any, call: str, code: str) -> None:
    assert value_of(f"return failure(() => {call})")[0] == code


@pytest.mark.parametrize(
    "call",
    [
        "hostCompute()",
        "hostCompute('hash')",
        "hostCompute('hash', {})",
        "hostCompute({ toString() { throw 1 } }, '{}')",
        "hostCompute('hash', '{\"algorithm\":\"md5\"}', 'abc')",
        "hostCompute('hash', '{\"algorithm\":\"md5\"}', [1])",
        "hostCompute('hash', '{\"algorithm\":\"md5\"}', new Uint16Array(2))",
        "hostCompute('hash', '{\"algorithm\":\"md5\"}', new DataView(new ArrayBuffer(2)))",
        "hostCompute('hash', '{}', ((v) => { v.buffer.transfer(); return v })(new Uint8Array(8)))",
        "hostCompute('hash', '{\"algorithm\":\"md5\"}', ...Array(9).fill(new Uint8Array(1)))",
    ],
)
def test_what_is_no_call_at_all_is_a_type_error(value_of: Any, call: str) -> None:
    assert value_of(f"try {{ {call}; return 'computed' }} catch (e) {{ return e.name }}") == "TypeError"


def test_an_error_is_a_plain_error_with_a_stack_and_no_accessor_of_the_tenants_runs(value_of: Any) -> None:
    body = """let seen = 0;
        for (const key of ['value', 'data', 'code', 'message', '0'])
            for (const holder of [Object.prototype, Array.prototype])
                Object.defineProperty(holder, key, { __proto__: null, configurable: true, set(v) { seen++ } });
        let error;
        try { hostCompute('nothing', '{}') } catch (e) { error = e }
        const { data } = hostCompute('hash', '{"algorithm":"md5"}', new Uint8Array(1));
        return [seen, error instanceof Error, error.name, error.stack.includes('action.js'), data[0].length]"""
    assert value_of(body) == [0, True, "Error", True, 16]


async def test_others_go_on_while_a_long_computation_is_under_way(computing: Sandbox) -> None:
    slow = await computing.load(f"module.exports = () => [{SLOW}, {SLOW}].length")
    quick = await computing.load("module.exports = () => 1")
    running = asyncio.ensure_future(computing.run(slow, b"null"))
    rounds = 0
    while not running.done():
        assert (await computing.run(quick, b"null")).output == 1
        rounds += 1
        await asyncio.sleep(0)
    result = running.result()
    assert (result.output, result.error) == (2, None)
    assert rounds > 20
    assert result.usage.cpu_us > 20_000, "the thread's time is the run's"


def test_a_librarys_own_failure_is_the_guests_error_and_not_the_engines(
    value_of: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: Request) -> float:
        raise ZeroDivisionError("of the host")

    monkeypatch.setattr(registry, "find", lambda _: Function(lambda _: Result(), fail))
    assert value_of("return failure(() => compute('crc32', {}, bytes('')))") == [
        "crypto_failed",
        "the computation failed",
    ]


def test_computing_in_a_loop_ends_at_the_cpu_limit(execute: Any) -> None:
    for body in (
        "for (;;) compute('hash', { algorithm: 'sha256' }, new Uint8Array(100))",
        "for (;;) try { compute('nothing', {}) } catch {}",
        f"for (;;) {SLOW}",
        f"for (;;) try {{ {SLOW} }} catch {{}}",
    ):
        result = execute(body, limits=Limits(cpu_ms=200))
        assert result.error.code == "cpu_limit", body
        assert "action.js:1" in result.error.stack
        assert result.usage.cpu_us < 1_500_000


def test_operations_that_compute_end_at_the_cpu_limit_too(execute: Any) -> None:
    body = f"for (;;) try {{ await computeLater({PBKDF2}) }} catch {{}}"
    result = execute(body, limits=Limits(cpu_ms=100, host_operations=10_000))
    assert result.error.code == "cpu_limit"


def test_the_wall_limit_also_ends_a_run_that_waits_for_a_thread(execute: Any) -> None:
    result = execute(f"for (;;) {SLOW}", limits=Limits(cpu_ms=60_000, wall_ms=250))
    assert result.error.code == "wall_limit"


async def test_a_run_that_is_cancelled_in_a_computation_leaves_nothing_behind(computing: Sandbox) -> None:
    image = await computing.load(f"module.exports = () => {{ for (;;) {SLOW} }}")
    running = asyncio.ensure_future(computing.run(image, b"null"))
    await asyncio.sleep(0.02)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert computing._machine.slots._free == 64
    assert (await computing.run(await computing.load("module.exports = () => 1"), b"null")).output == 1


async def test_a_computation_that_waits_for_a_thread_is_never_begun_when_its_run_is_over(
    computing: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise runs that end at their wall limit would leave behind what keeps the next ones waiting as long."""
    begun = []
    really = registry.run

    def run(function: Function, request: Request) -> Result:
        begun.append(function)
        return really(function, request)

    monkeypatch.setattr(registry, "run", run)
    pool, release = computing._machine.pool, threading.Event()
    waiting = Function(lambda _: Result(value=release.wait()), lambda _: 0)
    busy = [pool.submit(waiting, Request(), number) for number in range(CAPS.threads)]
    try:
        for call in (SLOW, f"await computeLater({PBKDF2})"):
            image = await computing.load(f"module.exports = async () => {{ {call} }}")
            result = await computing.run(image, b"null", limits=Limits(wall_ms=100))
            assert result.error
            assert result.error.code == "wall_limit"
    finally:
        release.set()
    for one in (*busy, pool.submit(waiting, Request(), "another")):
        await asyncio.wrap_future(one)
    assert begun.count(waiting) == 3
    assert registry.find("pbkdf2") not in begun


def test_computations_that_are_given_up_are_time_of_the_run_and_one_by_one(
    execute: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    active: list[int] = []
    at_once: list[int] = []

    really, crc32 = registry.run, registry.find("crc32")

    def work(function: Function, request: Request) -> Result:
        if function is not crc32:
            return really(function, request)
        active.append(1)
        at_once.append(len(active))
        until = time.thread_time() + 0.02
        while time.thread_time() < until:
            pass
        active.pop()
        return Result()

    monkeypatch.setattr(registry, "run", work)
    body = """const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
        for (let round = 0; round < 20; round++) {
            const id = startComputing('crc32', {}, new Uint8Array(1));
            await wait(10);
            cancelOperation(id);
        }
        return await computeLater('crc32', {}, new Uint8Array(1))"""
    result = execute(body)
    assert result.error is None
    assert max(at_once) == 1
    assert result.usage.cpu_us > len(at_once) * 20_000


def test_computations_are_not_a_draw_so_that_an_image_may_hold_their_result(computing: Sandbox) -> None:
    source = "const d = compute('hash', { algorithm: 'md5' }, bytes('a')).data[0].toHex(); module.exports = () => d"
    image = asyncio.run(computing.load(source))
    assert image.frozen
    assert asyncio.run(computing.run(image, b"null")).output == hashlib.md5(b"a").hexdigest()


@pytest.mark.parametrize(
    "args",
    [
        "{}",
        "{ number: 1 }",
        "{ number: '1' }",
        "{ number: 1.5 }",
        "{ number: [] }",
        "{ number: null }",
        "{ number: true }",
        "{ number: -1, more: 1 }",
        "{ name: 'hash', options: {}, data: [] }",
    ],
)
async def test_an_operation_with_wrong_arguments_is_refused(args: str) -> None:
    source = """(function (host, runtime) { globalThis.operation = runtime.operation })"""
    with Sandbox.open(preludes=[Prelude("raw", source)]) as opened:
        image = await opened.load(
            f"module.exports = () => operation('compute', {args}).then(() => 'done', (e) => e.message)"
        )
        output = (await opened.run(image, b"null")).output
    assert isinstance(output, str)
    assert output != "done"
