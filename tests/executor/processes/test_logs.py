"""A log says what happened and where, and repeats nothing that was in hand: read from a real process."""

import json
import subprocess
import sys

import pytest

CANARY = "canary-4711"
PROGRAM = f"""
import asyncio, logging, sys
import structlog
from interlock.executor import logs
logs.configure("events", "info", sys.argv[1])

def broken():
    try:
        raise KeyError("{CANARY}")
    except KeyError as error:
        raise ValueError("{CANARY}") from error

async def lost():
    asyncio.get_running_loop().set_exception_handler(logs.of_the_loop)
    asyncio.get_running_loop().call_soon(broken)
    await asyncio.sleep(0)

for log in (structlog.get_logger("interlock.executor.x"), logging.getLogger("uvicorn.error")):
    try:
        broken()
    except ValueError:
        log.exception("went_wrong")
logging.getLogger("interlock.worker.queue").info("took %d", 3)
logging.getLogger("sqlalchemy.engine").info("{CANARY}")
logging.getLogger("httpx").warning("{CANARY}")
asyncio.run(lost())
"""


def said(form: str) -> list[str]:
    finished = subprocess.run([sys.executable, "-c", PROGRAM, form], capture_output=True, text=True, check=True)
    assert finished.stdout == ""
    return finished.stderr.splitlines()


@pytest.mark.parametrize("form", ["json", "text"])
def test_no_text_of_an_exception_and_no_chatter_of_others_is_written(form: str) -> None:
    lines = said(form)
    assert lines
    assert CANARY not in "\n".join(lines)


def test_each_line_names_its_process_and_an_exception_its_kind_and_place() -> None:
    events = [json.loads(line) for line in said("json")]
    assert {event["process"] for event in events} == {"events"}
    assert [event["message"] for event in events] == ["went_wrong", "went_wrong", "took 3", "unhandled_in_a_task"]
    for event in (events[0], events[1], events[3]):
        assert event["kind"] == "ValueError from KeyError"
        assert event["where"][-1].endswith(" broken")
