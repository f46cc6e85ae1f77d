"""A job whose log says that this is not its end leaves the queue, and can be put in again when it is due."""

from collections.abc import Callable
from uuid import uuid4

from interlock.executor.embedded import Valkey
from interlock.worker.queue.connections import connect
from interlock.worker.queue.messages import ExecutionMessage
from interlock.worker.queue.steps import Claim, Steps


async def test_a_dropped_job_can_be_enqueued_again_and_nobody_elses_claim_drops_it(
    server: Valkey, queue_name: str, message: Callable[..., ExecutionMessage]
) -> None:
    sent = message()
    async with connect(server.url) as opened:
        steps = Steps(opened, queue_name)
        assert await steps.enqueue(sent, "")
        worker = uuid4().hex
        await opened.client.lmove(steps.keys.queue, steps.keys.taken(worker), "LEFT", "RIGHT")
        claim = Claim.new(sent.execution, worker)
        assert (await steps.start(claim))[0]
        await steps.drop(Claim.new(sent.execution, "another"))
        assert await steps.known(sent.execution)
        await steps.drop(claim)
        assert not await steps.known(sent.execution)
        assert await steps.enqueue(sent.model_copy(update={"attempt": 2}), "")
