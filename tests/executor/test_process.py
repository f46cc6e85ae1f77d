"""The command as a process: what only the real one can show."""

import json
import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Call = Callable[..., Any]

COMMAND = [sys.executable, "-m", "interlock.executor"]
SOURCE = "exports.onExecutePostLogin = async (event) => console.log('é', event.secrets.KEY);"


def test_one_json_object_on_standard_output_and_nothing_else(write: Call, event: dict[str, Any]) -> None:
    finished = subprocess.run(
        [
            *COMMAND,
            "run",
            write("action.js", SOURCE),
            "-t",
            "post-login",
            "-e",
            "-",
            "--secret",
            "KEY=opensesame",
            "--json",
        ],
        input=json.dumps(event).encode(),
        capture_output=True,
        check=True,
    )
    assert json.loads(finished.stdout)["actions"][0]["logs"] == [{"level": "log", "message": "é ***"}]
    assert finished.stderr == b""


def test_exit_status_tells_failed_from_misused(write: Call, event: dict[str, Any]) -> None:
    path = write("event.json", json.dumps(event))
    failing = write("failing.js", "throw 1;")
    assert status("run", failing, "--trigger", "post-login", "--event", path) == 1
    assert status("run", failing, "--trigger", "post-login", "--event", path.with_name("none")) == 2
    assert status("event", "post-login") == 0


def test_an_ascii_terminal_gets_escapes_and_json_stays_json(write: Call, event: dict[str, Any]) -> None:
    path = write("event.json", json.dumps(event))
    arguments = ["run", write("action.js", SOURCE), "-t", "post-login", "-e", path]
    environment = os.environ | {"PYTHONIOENCODING": "ascii"}
    text = subprocess.run([*COMMAND, *arguments], env=environment, capture_output=True, check=True).stdout
    assert b"log    \\xe9 undefined" in text
    printed = subprocess.run([*COMMAND, *arguments, "--json"], env=environment, capture_output=True, check=True).stdout
    assert json.loads(printed)["actions"][0]["logs"][0]["message"] == "é undefined"


def test_a_reader_that_has_seen_enough_is_no_error() -> None:
    with subprocess.Popen([*COMMAND, "event", "post-login"], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode in {0, 1}


def test_an_interrupt_ends_a_run_without_a_traceback(write: Call, event: dict[str, Any], tmp_path: Path) -> None:
    source = "exports.onExecutePostLogin = () => new Promise((resolve) => setTimeout(resolve, 15000));"
    fifo = tmp_path / "event.fifo"
    os.mkfifo(fifo)
    command = [*COMMAND, "run", write("action.js", source), "-t", "post-login", "-e", fifo]
    # Started in the background of a shell, the tests ignore interrupts, and so would whatever they start.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        signal.signal(signal.SIGINT, before)
        # The write ends when the command reads: from here on it is running.
        fifo.write_text(json.dumps(event))
        process.send_signal(signal.SIGINT)
        out, err = process.communicate()
    assert process.returncode == 130
    assert (out, err) == (b"", b"")


@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&-", ">&- 2>&-"])
def test_a_closed_stream_is_no_error(closed: str) -> None:
    command = f"{shlex.join(COMMAND)} event post-login {closed}"
    finished = subprocess.run(command, shell=True, capture_output=True, check=False)
    assert (finished.returncode, finished.stderr) == (0, b"")


@pytest.mark.parametrize("as_json", [False, True])
def test_output_that_cannot_be_written_is_an_error_of_its_own(
    write: Call, event: dict[str, Any], as_json: bool
) -> None:
    path = write("event.json", json.dumps(event))
    command = [*COMMAND, "run", write("action.js", SOURCE), "-t", "post-login", "-e", path]
    with Path("/dev/full").open("wb") as full:
        finished = subprocess.run(
            [*command, *(["--json"] if as_json else [])], stdout=full, stderr=subprocess.PIPE, check=False
        )
    assert finished.returncode == 2
    assert b"output_unwritable" in finished.stderr
    assert b"Traceback" not in finished.stderr


def status(*arguments: object) -> int:
    command = [*COMMAND, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, check=False).returncode
