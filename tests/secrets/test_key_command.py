import os
import sys
from pathlib import Path

import pytest

from interlock.secrets import CommandKeys, KeyCommandFailed, KeyRefused, SecretValue, keys
from secret_processes import key_text


def python(program: str, *arguments: str, wall_seconds: float = 60, output_bytes: int = 1_000) -> CommandKeys:
    command = [sys.executable, "-S", "-c", program, *arguments]
    return CommandKeys(command, wall_seconds=wall_seconds, output_bytes=output_bytes)


async def test_the_keys_a_command_prints_are_used() -> None:
    loaded = await python(f"print({key_text(1)!r}); print({key_text(2)!r})").load(first=False)
    expected = keys.parse(SecretValue(f"{key_text(1)} {key_text(2)}"), "here")
    assert [key.id for key in loaded] == [key.id for key in expected]


async def test_no_shell_reads_the_arguments(tmp_path: Path) -> None:
    argument = f"$(touch {tmp_path}/made); `touch {tmp_path}/made` | > {tmp_path}/made *"
    program = f"import sys; print({key_text(1)!r} if sys.argv[1] == {argument!r} else 'no')"
    assert len(await python(program, argument).load(first=False)) == 1
    assert list(tmp_path.iterdir()) == []


async def test_a_command_that_fails_says_its_status_and_nothing_it_printed() -> None:
    provider = python("import sys; print('hunter22'); sys.exit('hunter22')")
    with pytest.raises(KeyCommandFailed, match="ended with status 1") as raised:
        await provider.load(first=False)
    assert "hunter22" not in str(raised.value)


async def test_what_a_command_prints_as_errors_reaches_no_log(capfd: pytest.CaptureFixture[str]) -> None:
    await python(f"import sys; print('hunter22', file=sys.stderr); print({key_text(1)!r})").load(first=False)
    assert tuple(capfd.readouterr()) == ("", "")


async def test_a_command_that_does_not_exist_says_so() -> None:
    with pytest.raises(KeyCommandFailed, match="nosuchprogram could not be started: No such file"):
        await CommandKeys(["/nosuchfolder/nosuchprogram", "--token=hunter22"]).load(first=False)
    with pytest.raises(KeyCommandFailed, match="an argument holds a zero byte"):
        await CommandKeys(["x", "hunter22\0"]).load(first=False)


@pytest.mark.parametrize("arguments", [[], [""], "vault read"])
def test_a_command_that_is_no_list_is_refused(arguments: list[str]) -> None:
    with pytest.raises(KeyCommandFailed, match="must be a list"):
        CommandKeys(arguments)


async def test_a_command_that_is_never_done_is_stopped_with_all_it_started(tmp_path: Path) -> None:
    pipe = tmp_path / "alive"
    os.mkfifo(pipe)
    # Both the command and its child hold the pipe open for writing: it ends for the reader when the last one is gone.
    program = (
        "import subprocess, sys, time; end = open(sys.argv[1], 'w'); print('half a key', flush=True);"
        "subprocess.Popen([sys.executable, '-S', '-c', 'import time; time.sleep(600)'], pass_fds=[end.fileno()]);"
        "time.sleep(600)"
    )
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        with pytest.raises(KeyCommandFailed, match="was not done within 1 s"):
            await python(program, str(pipe), wall_seconds=1).load(first=False)
        os.set_blocking(reader, True)
        assert os.read(reader, 1) == b""
    finally:
        os.close(reader)


async def test_a_child_that_keeps_the_output_open_does_not_keep_us() -> None:
    program = (
        "import subprocess, sys;"
        "subprocess.Popen([sys.executable, '-S', '-c', 'import time; time.sleep(600)']);"
        f"print({key_text(1)!r})"
    )
    with pytest.raises(KeyCommandFailed, match="was not done within"):
        await python(program, wall_seconds=1).load(first=False)


async def test_a_command_that_prints_without_end_is_stopped() -> None:
    with pytest.raises(KeyCommandFailed, match="more than 1,000 bytes"):
        await python("while True: print('hunter22')").load(first=False)


async def test_a_command_that_prints_something_else_is_refused_without_showing_it() -> None:
    for program in ("print('hunter22!')", "import os; os.write(1, b'\\xffhunter22')", "pass"):
        with pytest.raises(KeyRefused, match="the output of the key command") as raised:
            await python(program).load(first=False)
        assert "hunter22" not in str(raised.value)
