"""The threads: owners take turns, none has all of them, and what is not wanted any more is never begun."""

import asyncio
import threading
from concurrent.futures import Future

import pytest

from interlock.sandbox import Sandbox
from interlock.sandbox.compute import Pool
from interlock.sandbox.compute.pool import Computed
from interlock.sandbox.compute.requests import Function, Request, Result, work_limit


class Bench:
    """Computations that end when they are told to, and say in which order they began."""

    def __init__(self, pool: Pool) -> None:
        self.pool = pool
        self.begun: list[str] = []
        self.began = threading.Semaphore(0)
        self.release = threading.Semaphore(0)

    def submit(self, owner: str) -> Future[Computed]:
        return self.pool.submit(Function(lambda _: self._run(owner), lambda _: 0), Request(), owner)

    def _run(self, owner: str) -> Result:
        self.begun.append(owner)
        self.began.release()
        self.release.acquire()
        return Result(value=owner)

    def wait_until_begun(self, count: int) -> None:
        for _ in range(count):
            assert self.began.acquire(timeout=10)


def test_who_asks_for_a_hundred_at_once_keeps_nobody_waiting_for_more_than_one_of_them() -> None:
    with Pool.open(threads=2) as pool:
        bench = Bench(pool)
        many = [bench.submit("many") for _ in range(100)]
        bench.wait_until_begun(1)
        one, other = bench.submit("one"), bench.submit("other")
        bench.wait_until_begun(1)
        assert bench.begun == ["many", "one"], "one thread of two is never the same owner's as the other"
        bench.release.release(200)
        assert [found.result(10).result for found in (one, other)] == [Result(value="one"), Result(value="other")]
        assert bench.begun.index("other") <= 5
        assert all(found.result(10) for found in many)


def test_owners_take_turns_each_in_its_own_order() -> None:
    with Pool.open(threads=1) as pool:
        bench = Bench(pool)
        first = bench.submit("a")
        bench.wait_until_begun(1)
        rest = [bench.submit(owner) for owner in "aaabbc"]
        bench.release.release(10)
        for one in (first, *rest):
            one.result(10)
        assert "".join(bench.begun) == "aabcaba"


def test_what_is_cancelled_before_its_turn_is_never_begun_and_not_kept() -> None:
    with Pool.open(threads=1) as pool:
        bench = Bench(pool)
        first = bench.submit("a")
        bench.wait_until_begun(1)
        waiting = [bench.submit(owner) for owner in "aab"]
        assert [one.cancel() for one in waiting] == [True, True, True]
        assert not first.cancel()
        assert not pool._waiting
        bench.release.release(2)
        assert bench.submit("c").result(10).result == Result(value="c")
        assert bench.begun == ["a", "c"]


@pytest.mark.parametrize("threads", [1, 2, 3])
def test_a_failure_is_a_result_and_the_next_one_begins(threads: int) -> None:
    def fail(_: Request) -> Result:
        raise work_limit("too much")

    def break_(_: Request) -> Result:
        raise ZeroDivisionError

    with Pool.open(threads) as pool:
        for function, reason in ((fail, "work_limit"), (break_, "crypto_failed")):
            for _ in range(5):
                failed = pool.submit(Function(function, lambda _: 0), Request(), "one").result(10).result
                assert getattr(failed, "reason", None) == reason


def test_closing_waits_for_what_has_begun_and_drops_the_rest() -> None:
    ended: list[Future[Computed]] = []
    with Pool.open(threads=1) as pool:
        bench = Bench(pool)
        first, second = bench.submit("a"), bench.submit("a")
        first.add_done_callback(ended.append)
        bench.wait_until_begun(1)
        bench.release.release()
    assert len(ended) == 1
    assert first.done()
    assert second.cancelled() or second.done()


@pytest.mark.parametrize("how", ["compute", "await computeLater"])
async def test_runs_of_another_owner_do_not_wait_for_all_of_the_first_ones(computing: Sandbox, how: str) -> None:
    slow = "'pbkdf2', { algorithm: 'sha512', iterations: 30000, length: 64 }, bytes('password'), bytes('salt')"
    image = await computing.load(f"module.exports = async () => {{ {how}({slow}); return 1 }}")
    ended: list[str] = []

    async def run(owner: str) -> None:
        assert (await computing.run(image, b"null", owner=owner)).output == 1
        ended.append(owner)

    await asyncio.gather(*(run("many") for _ in range(12)), run("one"))
    assert ended.index("one") < 9
