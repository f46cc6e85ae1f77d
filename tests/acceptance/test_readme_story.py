"""The README's five commands, as they stand there, on a real `interlock dev`."""

import os
import re
import subprocess
import sys
from pathlib import Path

from live_system import dev

ROOT = Path(__file__).resolve().parents[2]
MADE_BY_DEV = "interlock tenants create"


def test_the_commands_of_the_readme_lead_to_an_outcome(tmp_path: Path) -> None:
    blocks = re.findall(r"```sh\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    [story] = [block for block in blocks if MADE_BY_DEV in block]
    commands = "\n".join(line for line in story.splitlines() if line.startswith("interlock "))
    with dev(tmp_path, "--processes", "1") as system:
        environment = {
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "INTERLOCK_DATA": str(system.folder),
            "INTERLOCK_TENANT": "acme",
        }
        finished = subprocess.run(
            ["sh", "-e"],
            input=commands,
            cwd=ROOT,
            env=os.environ | environment,
            capture_output=True,
            text=True,
            check=False,
        )
    assert finished.returncode == 0, finished.stdout + finished.stderr
    assert "access_token" in finished.stdout
    assert "status  completed" in finished.stdout
