"""What every process of ours has."""

import subprocess
import sys

PROGRAM = """
import resource
from interlock.executor import settings
from interlock.executor.processes import running
with running.process("test", settings.load()):
    print(resource.getrlimit(resource.RLIMIT_CORE)[0])
"""


def test_a_process_leaves_no_core_where_its_keys_would_be() -> None:
    limited = subprocess.run(
        ["/bin/sh", "-c", 'ulimit -S -c "$(ulimit -H -c)"; exec "$@"', "sh", sys.executable, "-c", PROGRAM],
        capture_output=True,
        text=True,
        check=True,
    )
    assert limited.stdout == "0\n"
