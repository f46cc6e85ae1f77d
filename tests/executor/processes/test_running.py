"""What every process of ours has."""

import subprocess
import sys

PROGRAM = """
import resource
from interlock.executor import settings
from interlock.executor.processes import running
with running.process("test", settings.load()):
    print(*resource.getrlimit(resource.{limit}))
"""


def test_a_process_leaves_no_core_where_its_keys_would_be() -> None:
    soft, _hard = _limits('ulimit -S -c "$(ulimit -H -c)"', "RLIMIT_CORE")
    assert soft == "0"


def test_a_process_may_have_more_connections_open_than_its_shell_says() -> None:
    soft, hard = _limits("ulimit -S -n 256", "RLIMIT_NOFILE")
    assert soft == hard or int(soft) == 65_536


def _limits(shell: str, limit: str) -> list[str]:
    """The soft and the hard limit in a process that was started after this shell command."""
    command = ["/bin/sh", "-c", f'{shell}; exec "$@"', "sh", sys.executable, "-c", PROGRAM.format(limit=limit)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
