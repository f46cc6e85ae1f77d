"""A VM takes nothing its instance says for granted: whatever lies in guest memory, a run ends with a result."""

import asyncio
import struct
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from interlock.sandbox import Limits, Result, Sandbox, bindings, state
from interlock.sandbox.vm import Vm

WORDS = st.one_of(st.integers(0, 2**32 - 1), st.sampled_from([0, 1, 7, 65_536, 1_300_000, 2**31, 2**32 - 1]))


@pytest.fixture
def vandal(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[tuple[int, bytes]]]:
    """What to write into guest memory behind the engine's back, after every slice: (address, bytes)."""
    writes: list[tuple[int, bytes]] = []
    poll = bindings.Call.poll

    def poll_and_write(call: bindings.Call) -> bool:
        finished = poll(call)
        for offset, data in writes:
            call._instance.write(offset, data)
        return finished

    monkeypatch.setattr(bindings.Call, "poll", poll_and_write)
    yield writes
    writes.clear()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(report=st.tuples(*[WORDS] * 8))
def test_no_report_of_an_instance_raises(
    sandbox: Sandbox, vandal: list[tuple[int, bytes]], report: tuple[int, ...]
) -> None:
    vandal.clear()
    image = asyncio.run(sandbox.load("module.exports = () => console.log('line')"))
    vandal.append((sandbox.base.state_offset + state.REPORT_OFFSET, struct.pack("<8I", *report)))
    result = asyncio.run(sandbox.run(image, b"null"))
    vandal.clear()
    assert isinstance(result, Result)
    assert sum(len(line.message) for line in result.logs) <= 65_536
    assert_the_next_run_is_right(sandbox)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(seed=st.binary(min_size=64, max_size=64), where=st.integers(0, 1_300_000), times=st.integers(1, 40))
def test_no_garbage_in_an_instances_memory_raises(
    sandbox: Sandbox, vandal: list[tuple[int, bytes]], seed: bytes, where: int, times: int
) -> None:
    vandal.clear()
    image = asyncio.run(
        sandbox.load("module.exports = async (input) => { await new Promise((r) => setTimeout(r)); return input }")
    )
    size = len(sandbox.base.memory)
    vandal += [((where + number * 31_337) % (size - 64), seed) for number in range(times)]
    result = asyncio.run(sandbox.run(image, b'"' + b"x" * 20_000 + b'"', limits=Limits(cpu_ms=50, wall_ms=500)))
    vandal.clear()
    assert isinstance(result, Result)
    assert_the_next_run_is_right(sandbox)


async def test_a_vm_without_an_instance_is_a_fault_of_its_caller(sandbox: Sandbox) -> None:
    vm = Vm(sandbox._machine, Limits(), lambda: 0.0, bytes)
    await sandbox._machine.slots.acquire()
    with pytest.raises(RuntimeError, match="no instance"):
        await vm.enter(b"enter", 0, 0)
    with pytest.raises(RuntimeError, match="opened with an image"):
        vm.park()
    vm.close()
    vm.close()  # again does nothing
    assert sandbox._machine.slots._free == 64


def test_a_closed_sandbox_says_so_instead_of_running_what_could_never_be_stopped() -> None:
    with Sandbox.open() as opened:
        image = asyncio.run(opened.load("module.exports = () => { for (;;) isNaN(0) }"))
    with pytest.raises(RuntimeError, match="closed"):
        asyncio.run(opened.run(image, b"null"))
    with pytest.raises(RuntimeError, match="closed"):
        asyncio.run(opened.load("1"))


def assert_the_next_run_is_right(sandbox: Sandbox) -> None:
    image = asyncio.run(sandbox.load("module.exports = (n) => { console.log(n); return [n] }"))
    result = asyncio.run(sandbox.run(image, b"41"))
    assert (result.output, result.error, result.logs[0].message) == ([41], None, "41")
    assert sandbox._machine.slots._free == 64
