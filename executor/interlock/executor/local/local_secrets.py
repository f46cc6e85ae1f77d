"""Secrets of a project on a developer's machine: `secrets.env`, which git ignores.

    # what `interlock dev --watch` gives to all actions
    API_KEY=a value, to the end of the line

Rule of this file: no message repeats anything of a line but its number. What stands there is a secret, or was meant as
one.
"""

import re
from pathlib import Path
from typing import Final

from interlock.executor import files
from interlock.executor.errors import FileRefused, SecretRefused
from interlock.executor.secret_options import LONGEST_NAME, LONGEST_VALUE

NAME: Final = "secrets.env"
EMPTY: Final = """\
# Secrets that `interlock dev --watch` gives to the actions: NAME=VALUE, a line each. An action reads them as
# event.secrets.NAME. This file stays on this machine: git ignores it, and `interlock deploy` does not read it.
"""

_LINE: Final = re.compile(rf"(?:export\s+)?([A-Za-z_][A-Za-z0-9_]{{0,{LONGEST_NAME - 1}}})\s*=\s*(.*)")


def read(folder: Path) -> dict[str, str]:
    """Return the secrets of a project by their names; none where there is no such file.

    Raises SecretRefused (secret_syntax, secret_repeated) with the line, and FileRefused.
    """
    path = folder / NAME
    try:
        text = files.read_text(path)
    except FileRefused as refused:
        if refused.code == "file_not_found":
            return {}
        raise
    found: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), 1):
        stripped = line.strip()
        if not stripped or stripped.startswith("#"):
            continue
        matched = _LINE.fullmatch(stripped)
        if matched is None or len(matched[2]) > LONGEST_VALUE:
            raise SecretRefused("secret_syntax", f"{path}:{number}: that is not NAME=VALUE.", _HINT)
        if matched[1] in found:
            raise SecretRefused("secret_repeated", f"{path}:{number}: this name was there before.", _HINT)
        found[matched[1]] = _unquoted(matched[2])
    return found


def _unquoted(value: str) -> str:
    quote = value[:1]
    return value[1:-1] if len(value) > 1 and quote in {'"', "'"} and value.endswith(quote) else value


_HINT: Final = (
    f"A name is of letters, digits and _, a value has at most {LONGEST_VALUE:,} characters, and there is one of each."
)
