"""Which host operations count: what begins something does, what goes on with it does not. The host counts itself."""

import asyncio
import json
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from interlock.sandbox import JSON, Limits, Operation, Prelude, Result, Sandbox, messages, run
from interlock.sandbox.operations import CONTINUING, MOST_ARGUMENT_BYTES, MOST_AT_ONCE, Outstanding

ASKING = Prelude(
    "asking", "(function (host, runtime) { globalThis.ask = (kind, args = {}) => runtime.operation(kind, args); })"
)


@pytest.fixture(scope="module")
def asking() -> Iterator[Sandbox]:
    with Sandbox.open(preludes=[ASKING]) as opened:
        yield opened


async def ran(sandbox: Sandbox, source: str, limits: Limits) -> Result:
    async def perform(_: Operation) -> JSON:
        await asyncio.sleep(0)
        return {}

    image = await sandbox.load(source)
    return await sandbox.run(image, json.dumps(sorted(CONTINUING)).encode(), limits=limits, perform=perform)


def test_guest_and_host_know_the_same_kinds() -> None:
    root = Path(__file__).parents[2]
    text = (root / "sandbox/guest/runtime/operations.js").read_text()
    known = re.search(r"const CONTINUING = \{\n(.*?)\};", text, re.DOTALL)
    assert known
    assert set(re.findall(r"'([a-z.]+)': true", known[1])) == CONTINUING


async def test_reads_and_writes_of_something_open_are_not_counted(asking: Sandbox) -> None:
    source = """module.exports = async (continuing) => {
      await ask('socket.connect');
      for (let turn = 0; turn < 10; turn++) for (const kind of continuing) await ask(kind);
      await ask('fetch.start');
    }"""
    result = await ran(asking, source, Limits(host_operations=2))
    assert (result.error, result.usage.host_operations) == (None, 2)


@pytest.mark.parametrize(
    "kind", ["fetch.start", "socket.connect", "dns.lookup", "dns.resolve", "compute", "fetch.readx", "constructor"]
)
async def test_whatever_begins_something_is_counted(asking: Sandbox, kind: str) -> None:
    # What is refused for its arguments counts as well.
    source = f"module.exports = async () => {{ for (;;) await ask('{kind}').catch(() => {{}}) }}"
    result = await ran(asking, source, Limits(host_operations=3))
    assert result.error
    assert result.error.code == "host_operation_limit"


async def test_a_guest_that_lies_about_its_count_is_counted_by_the_host(asking: Sandbox) -> None:
    """The realm is the action's: it can bring what counts in it out of order, and the host's own count holds."""
    source = """module.exports = async () => {
      Object.defineProperty(Object.prototype, 'fetch.start', { value: true });
      for (;;) await ask('fetch.start');
    }"""
    result = await ran(asking, source, Limits(host_operations=3))
    assert result.error
    assert result.error.code == "host_operation_limit"


async def test_what_is_not_counted_is_bounded_at_the_same_time(asking: Sandbox) -> None:
    source = f"module.exports = () => Promise.all(Array.from({{length: {MOST_AT_ONCE + 1}}}, () => ask('fetch.read')))"
    result = await ran(asking, source, Limits())
    assert result.error
    assert (result.error.code, "at the same time" in result.error.message) == ("host_operation_limit", True)
    source = source.replace(str(MOST_AT_ONCE + 1), str(MOST_AT_ONCE))
    assert (await ran(asking, source, Limits())).error is None


async def test_what_the_host_does_for_a_message_is_time_of_the_run(
    asking: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    def slow(text: bytes) -> object:
        until = time.thread_time() + 0.03
        while time.thread_time() < until:
            pass
        return messages.parse(text)

    monkeypatch.setattr(run, "parse", slow)
    result = await ran(asking, "module.exports = async () => { for (;;) await ask('fetch.read') }", Limits(cpu_ms=100))
    assert result.error
    assert result.error.code == "cpu_limit"


async def test_a_message_may_be_long_but_not_of_many_values(asking: Sandbox) -> None:
    source = "module.exports = async () => { await ask('fetch.write', { data: %s }); return 1 }"
    assert (await ran(asking, source % "'x'.repeat(3e6)", Limits())).output == 1
    result = await ran(asking, source % "Array(500000).fill([])", Limits(cpu_ms=5_000))
    assert result.error
    assert (result.error.code, "values" in result.error.message) == ("output_limit", True)


async def test_operations_under_way_hold_no_more_arguments_than_the_limit() -> None:
    release = asyncio.Event()

    async def perform(operation: Operation) -> JSON:
        await release.wait()
        return operation.id

    outstanding = Outstanding(perform)
    for number in range(6):
        outstanding.add(Operation(number, "fetch.start", {"body": "x" * (MOST_ARGUMENT_BYTES // 4)}))
    refused = await outstanding.wait(5)
    assert [(one.id, one.failure and one.failure[0]) for one in refused] == [(n, "arguments_limit") for n in (3, 4, 5)]
    outstanding.cancel(0)
    for _ in range(3):
        await asyncio.sleep(0)
    outstanding.add(Operation(6, "fetch.start", {"body": "x" * (MOST_ARGUMENT_BYTES // 4)}))
    release.set()
    answered: list[tuple[int, object]] = []
    while len(answered) < 3:
        answered += [(one.id, one.failure) for one in await outstanding.wait(5)]
    assert sorted(answered) == [(1, None), (2, None), (6, None)]
    await outstanding.close()


@pytest.mark.parametrize(
    ("value", "least"),
    [("x" * 10_000, 10_000), ([[] for _ in range(1000)], 64_000), ({"a": ["y" * 500, {"b": "z" * 500}]}, 1000)],
)
def test_what_an_argument_holds_is_counted_with_all_that_is_in_it(value: JSON, least: int) -> None:
    assert least / 2 < messages.size_of({"value": value}) < least * 10


async def test_a_guest_that_lies_cannot_cancel_more_than_can_be_under_way() -> None:
    """Each of the ids is looked for, and a message has room for half a million."""
    forging = """(function (host, runtime) {
      const { leave } = runtime;
      const forged = `{"type":"pending","operations":[],"cancelled":[${'1,'.repeat(1000)}1]}`;
      runtime.leave = () => { const said = leave(); return said?.startsWith('{"type":"done"') ? forged : said };
    })"""
    with Sandbox.open(preludes=[Prelude("forging", forging)]) as opened:
        result = await ran(opened, "module.exports = () => 1", Limits())
    assert result.error
    assert (result.error.code, "cancels" in result.error.message) == ("protocol_error", True)
