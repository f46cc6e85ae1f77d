"""What actions and modules can be called: the API's rule, to which commands without a store hold files."""

import re
from typing import Final

from interlock.executor.errors import Invalid

ACTION, MODULE = "action", "module"
LONGEST_NAME: Final = 255

# A name stands in a path, where a slash ends a segment and dots are resolved, and in stacks, which people read.
# A module's stands in `require(...)`, in stacks and in a script.
_MODULE_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,127}", re.ASCII)
_NAME: Final = re.compile(rf"(?!\.{{1,2}}\Z)(?=\S)[^\x00-\x1f\x7f/\\\ud800-\udfff]{{1,{LONGEST_NAME}}}(?<=\S)")


def check_called(name: str, kind: str = ACTION) -> None:
    """Raise Invalid (name_invalid) unless an action, or a module, can be called that."""
    if kind == MODULE:
        if not _MODULE_NAME.fullmatch(name):
            raise Invalid(
                "name_invalid",
                "a module's name is 1 to 128 letters, digits, `_`, `-` and `.`, a letter or a digit first",
                "choose another name",
            )
        return
    if not _NAME.fullmatch(name):
        raise Invalid(
            "name_invalid",
            f"an action's name is 1 to {LONGEST_NAME} characters without slashes and control characters, and without "
            "a space at either end",
            "choose another name",
        )
