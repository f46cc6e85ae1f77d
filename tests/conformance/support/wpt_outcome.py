"""What a test file came to: the subtests in the lines that `wpt_page.js` prints, and how it ended."""

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

MARK: Final = "\x01wpt "
PASSED: Final = 0
UNFINISHED: Final = 3
"""Two of the harness's numbers of how a subtest ended: well, or never begun (here: begun and not ended)."""
WHOLE: Final = "(the file as a whole)"
"""Stands for what a file could not say: it failed before its first subtest, or was cut off between them."""


@dataclass(frozen=True, slots=True)
class Subtest:
    name: str
    status: int
    message: str

    @property
    def passed(self) -> bool:
        return self.status == PASSED


@dataclass(frozen=True, slots=True)
class Outcome:
    """One file, or one variant of it. `cut` is why it did not come to its end; None: it did."""

    test: str
    subtests: tuple[Subtest, ...]
    cut: str | None = None


def read(test: str, lines: Iterable[str], cut: str | None) -> Outcome:
    """The outcome that a run's console tells. A subtest that began and did not end failed with the run's reason."""
    begun: dict[int, str] = {}
    ended: list[Subtest] = []
    complete = False
    for line in lines:
        if not line.startswith(MARK):
            continue
        match json.loads(line[len(MARK) :]):
            case ["begun", number, name]:
                begun[number] = name
            case ["ended", number, name, status, message]:
                begun.pop(number, None)
                ended.append(Subtest(name, status, message or ""))
            case ["complete", status, message]:
                complete = True
                if status:
                    cut = cut or f"the harness reports an error: {message}"
    if not complete and not cut:
        cut = "it ended before its harness did"
    ended += [Subtest(name, UNFINISHED, cut or "") for name in begun.values()]
    if cut:
        ended.append(Subtest(WHOLE, 1, cut))
    return Outcome(test, tuple(_numbered(ended)), cut)


def _numbered(subtests: Iterable[Subtest]) -> Iterable[Subtest]:
    """With names that are different: a second of the same name has its number behind it."""
    seen: Counter[str] = Counter()
    for one in subtests:
        seen[one.name] += 1
        again = seen[one.name]
        yield Subtest(f"{one.name} [{again}]", one.status, one.message) if again > 1 else one
