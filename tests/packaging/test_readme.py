"""What the README shows is what happens."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

README = (Path(__file__).resolve().parents[2] / "README.md").read_text()


def test_the_readmes_first_action_prints_what_the_readme_shows(tmp_path: Path) -> None:
    [action] = re.findall(r"```js\n// (\S+)\n(.*?)```", README, re.DOTALL)
    [commands] = re.findall(r"```console\n(.*?)```", README, re.DOTALL)
    [shown] = re.findall(r"```text\n(.*?)```", README, re.DOTALL)
    (tmp_path / action[0]).write_text(action[1])
    printed = [run(line.removeprefix("$ "), tmp_path) for line in commands.splitlines()]
    assert without_costs(printed[-1]).strip() == without_costs(shown).strip()


def test_every_command_the_readme_names_exists(tmp_path: Path) -> None:
    named = set(re.findall(r"`(?:\.venv/bin/)?interlock (\w+)", README))
    listed = run("interlock --help", tmp_path)
    assert {"run", "event"} <= named | set(re.findall(r"^\$ interlock (\w+)", README, re.MULTILINE))
    assert [name for name in named if name not in listed] == []


def run(line: str, folder: Path) -> str:
    """Runs one line of the README in `folder` with this environment's `interlock`, and returns what it prints."""
    command, _, target = line.partition(" > ")
    environment = {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}", "COLUMNS": "100"}
    finished = subprocess.run(
        shlex.split(command), cwd=folder, env=os.environ | environment, capture_output=True, text=True, check=True
    )
    if target:
        (folder / target).write_text(finished.stdout)
    return finished.stdout


def without_costs(text: str) -> str:
    """The text with every number as N and runs of blanks as one: times and sizes differ from machine to machine."""
    return re.sub(r"[ \t]+", " ", re.sub(r"\d[\d.,]*", "N", text))
