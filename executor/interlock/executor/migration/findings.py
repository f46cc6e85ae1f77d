"""What somebody who moves should know of an action, with the place and what to do."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from interlock.executor.auth0_files import Place

Severity = Literal["fails", "differs", "note"]

FAILS: Final[Severity] = "fails"
DIFFERS: Final[Severity] = "differs"
NOTE: Final[Severity] = "note"
SEVERITIES: Final[tuple[Severity, ...]] = (FAILS, DIFFERS, NOTE)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing. `about` is the action or module, `kind` which of them; empty for what is about the whole export.

    The message repeats names of the author's, never a value.
    """

    severity: Severity
    code: str
    message: str
    advice: str
    place: Place
    column: int | None = None
    kind: str = ""
    about: str = ""

    def record(self) -> Mapping[str, Any]:
        """Return it for programs."""
        return {
            "severity": self.severity,
            "code": self.code,
            "kind": self.kind or None,
            "name": self.about or None,
            "file": self.place.file,
            "line": self.place.line,
            "column": self.column,
            "message": self.message,
            "advice": self.advice,
        }


def ordered(found: list[Finding]) -> list[Finding]:
    """Return each finding once: by action, the worst first, then by line."""
    unique = {(each.code, each.place, each.column, each.message): each for each in found}
    return sorted(
        unique.values(),
        key=lambda each: (
            *(each.kind, each.about, SEVERITIES.index(each.severity)),
            *(each.place, each.column or 0, each.code, each.message),
        ),
    )
