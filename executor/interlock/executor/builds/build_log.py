"""What a build says to the author: a log to read, and errors with the line that they are about."""

from dataclasses import dataclass, replace
from typing import Any, Self

from interlock.executor import excerpts
from interlock.executor.errors import ExecutorError
from interlock.executor.store.actions import Action
from interlock.executor.store.versions import Version
from interlock.sandbox import GuestError, LoadFailed
from interlock.worker import source_maps


@dataclass(slots=True)
class BuildLog:
    """The log of one attempt."""

    text: str
    has_handler: bool = True

    @classmethod
    def of(cls, action: Action, version: Version, attempt: int) -> Self:
        """Return a log that says what is being done."""
        again = f" (attempt {attempt})" if attempt > 1 else ""
        size = len(version.code.encode("utf-8", "surrogatepass"))
        return cls(
            f"Building version {version.number} of {_called(action)}{again}: {size:,} bytes of code.\n",
            has_handler=bool(action.trigger),
        )

    def tell(self, line: str) -> None:
        """Add a line."""
        self.text += f"{line}\n"

    def succeeded(self) -> None:
        """End it: it is built."""
        self.tell(f"The code was loaded{' and exports its handler' if self.has_handler else ''}.")

    def failed(self, version: Version, failed: LoadFailed, error: GuestError, filename: str) -> None:
        """End it: what the code wrote to its console, its error, and the author's line."""
        frames = excerpts.frames(error.stack)
        lines = [f"console {line.level}: {line.message}" for line in failed.logs]
        lines += [_headline(error), *(f"  {frame}" for frame in frames)]
        self._end([*lines, *excerpts.excerpt(version.code, frames, filename)], error.code)

    def refused(self, version: Version, refused: ExecutorError) -> None:
        """End it: why the code and its packages cannot become what runs, the author's line, and what to do."""
        place = _place(refused)
        shown = excerpts.excerpt(version.code, [f":{place[0]}:{place[1]}"]) if place else []
        self._end([refused.message, *shown, *([refused.hint] if refused.hint else [])], refused.code)

    def _end(self, lines: list[str], code: str) -> None:
        self.text += "\n".join([*lines, f"The build failed: {code}."]) + "\n"


def mapped(error: GuestError, filename: str, source_map: str | None) -> GuestError:
    """Return an error with the author's places in its stack."""
    if source_map is None:
        return error
    return replace(error, stack=source_maps.mapped(error.stack, filename, source_map))


def error(failed: GuestError, filename: str) -> dict[str, Any]:
    """Return an entry of a version's `errors`; line and column are None when it is about no place in the code."""
    line, column = excerpts.place(excerpts.frames(failed.stack), filename) or (None, None)
    return {"id": failed.code, "msg": _headline(failed), "url": "", "line": line, "column": column}


def refusal(refused: ExecutorError) -> dict[str, Any]:
    """Return the same of what was refused before anything was loaded."""
    line, column = _place(refused) or (None, None)
    message = f"{refused.message} {refused.hint}".strip()
    return {"id": refused.code, "msg": message, "url": "", "line": line, "column": column}


def _place(refused: ExecutorError) -> tuple[int, int] | None:
    line, column = getattr(refused, "line", None), getattr(refused, "column", None)
    return None if line is None or column is None else (line, column)


def _called(action: Action) -> str:
    return f"{action.name} for {action.trigger}" if action.trigger else f"the module {action.name}"


def _headline(failed: GuestError) -> str:
    return f"{failed.name}: {failed.message}" if failed.name else failed.message
