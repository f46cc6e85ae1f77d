"""What a build says to the author: a log to read, and errors with the line that they are about."""

from typing import Any

from interlock.executor import excerpts
from interlock.executor.store.actions import Action
from interlock.executor.store.versions import Version
from interlock.sandbox import GuestError, LoadFailed


def beginning(action: Action, version: Version, attempt: int) -> str:
    """Return what is being done."""
    again = f" (attempt {attempt})" if attempt > 1 else ""
    size = len(version.code.encode("utf-8", "surrogatepass"))
    return f"Building version {version.number} of {action.name} for {action.trigger}{again}: {size:,} bytes of code.\n"


def success() -> str:
    """Return the end of a log: it is built."""
    return "The code was loaded and exports its handler.\n"


def failure(code: str, failed: LoadFailed) -> str:
    """Return the end of a log: what the code wrote to its console, its error, and the author's line."""
    frames = excerpts.frames(failed.error.stack)
    lines = [f"console {line.level}: {line.message}" for line in failed.logs]
    lines += [_headline(failed.error), *(f"  {frame}" for frame in frames), *excerpts.excerpt(code, frames)]
    lines.append(f"The build failed: {failed.error.code}.")
    return "\n".join(lines) + "\n"


def error(failed: GuestError) -> dict[str, Any]:
    """Return an entry of a version's `errors`; line and column are None when it is about no place in the code."""
    line, column = excerpts.place(excerpts.frames(failed.stack)) or (None, None)
    return {"id": failed.code, "msg": _headline(failed), "url": "", "line": line, "column": column}


def _headline(failed: GuestError) -> str:
    return f"{failed.name}: {failed.message}" if failed.name else failed.message
