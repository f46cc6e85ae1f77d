"""`interlock types`: what an editor completes in an action, and what `tsc` checks."""

import json
from importlib import metadata
from pathlib import Path

from rich.text import Text

from interlock.executor import files, output
from interlock.executor.errors import FileRefused
from interlock.worker.triggers import Catalogue
from interlock.worker.triggers.declarations import PACKAGE, declarations


def types(folder: Path, catalogue: Catalogue) -> int:
    """Write the package of declarations into the folder and say how to use it. Return 0. Raises FileRefused."""
    _check_ours(folder)
    for name, text in declarations(metadata.version("interlock"), catalogue).items():
        files.write_text(folder / name, text)
    used = [
        f"{folder} is the package {PACKAGE}. In an action:",
        "",
        f"    /** @type {{import('{PACKAGE}').OnExecutePostLogin}} */",
        "    exports.onExecutePostLogin = async (event, api) => {",
        "",
        "and in compilerOptions of tsconfig.json or jsconfig.json:",
        "",
        f'    "paths": {{"{PACKAGE}": ["./{folder.name}/index.d.ts"]}}',
        "",
    ]
    output.write(output.console(), Text("\n".join(used)))
    return 0


def _check_ours(folder: Path) -> None:
    """Refuse a folder that is another package's: its package.json would be lost."""
    there = folder / "package.json"
    if not there.exists():
        return
    try:
        name = json.loads(files.read_text(there)).get("name")
    except (ValueError, AttributeError):
        name = None
    if name != PACKAGE:
        raise FileRefused("folder_taken", f"{folder} is another package's folder.", "Name a folder of its own: types.")
