"""What an action is called in stacks: the name of its file."""

import re
from typing import Final

# What a name in a stack cannot hold: it would look like a place, a link or another frame, or has no UTF-8: a file's
# name may be any bytes.
_NOT_IN_STACKS: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff()\\:\"<>|?*]")
_LONGEST: Final = 200
_SUFFIXES: Final = {"javascript": ".js", "typescript": ".ts"}


def of_file(name: str) -> str:
    """Return the name for a file."""
    return _NOT_IN_STACKS.sub("_", name)[-_LONGEST:]


def of_action(name: str, language: str = "javascript") -> str:
    """Return the name for a stored action."""
    suffix = _SUFFIXES[language]
    return of_file(name if name.endswith(suffix) else f"{name}{suffix}")
