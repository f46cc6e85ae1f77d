"""What somebody who moves should know of an action, with the place and what to do."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any, Final, Literal

from interlock.executor.auth0_files import Place

MOST: Final = 100
"""Findings of one action that are told."""

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


def ordered(found: Iterable[Finding]) -> list[Finding]:
    """Return each finding once: by action, the worst first, then by line; of one action the first hundred."""
    unique = {(each.code, each.place, each.column, each.message): each for each in found}
    whole = sorted(
        unique.values(),
        key=lambda each: (
            *(each.kind, each.about, SEVERITIES.index(each.severity)),
            *(each.place, each.column or 0, each.code, each.message),
        ),
    )
    shown: list[Finding] = []
    for _, group in groupby(whole, key=lambda each: (each.kind, each.about)):
        of_one = list(group)
        shown += of_one[:MOST]
        rest = len(of_one) - MOST
        if rest > 0:
            shown.append(
                replace(
                    of_one[MOST],
                    severity=NOTE,
                    code="more_findings",
                    message=f"There are {rest} more.",
                    advice="Mend some of these, and look again.",
                )
            )
    return shown
