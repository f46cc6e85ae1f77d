"""What is known to fail, in groups with a reason each: `known.json`. A failure that no rule expects is a finding, and
so is a rule that expects more failures than there are."""

import fnmatch
import json
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from wpt_outcome import Outcome, Subtest

KNOWN: Final = Path(__file__).resolve().parents[1] / "known.json"
_KEYS: Final = {"file", "name", "message", "fails"}


@dataclass(frozen=True, slots=True)
class Rule:
    """How many subtests of some files fail, of those whose name and message match.

    `file` is a pattern of a shell for the file's path, without its variant; `name` and `message` are regular
    expressions that are searched for.
    """

    reason: str
    file: str
    fails: int
    name: str = ""
    message: str = ""

    def expects(self, test: str, subtest: Subtest) -> bool:
        """Whether this failure is one of its kind."""
        return (
            fnmatch.fnmatchcase(test.partition("?")[0], self.file)
            and re.search(self.name, subtest.name) is not None
            and re.search(self.message, subtest.message) is not None
        )


@dataclass(frozen=True, slots=True)
class Verdict:
    """`found`: how many failures each rule has met. `surprises`: what is not as known, a line each."""

    found: Counter[Rule]
    surprises: tuple[str, ...]


def read(path: Path = KNOWN) -> tuple[Rule, ...]:
    """The rules in their order: a failure is the first one's that expects it. Raises ValueError for another form."""
    rules = []
    for group in json.loads(path.read_text("utf-8")):
        for row in group["rules"]:
            if not {"file", "fails"} <= row.keys() <= _KEYS:
                raise ValueError(f"a rule needs file and fails, and may have name and message: {row}")
            rules.append(Rule(group["reason"], **row))
    return tuple(rules)


def judge(rules: Sequence[Rule], outcomes: Iterable[Outcome]) -> Verdict:
    """Hold what failed against what is known to. Rules for files that were not run are left alone."""
    found: Counter[Rule] = Counter()
    surprises: list[str] = []
    ran: set[str] = set()
    for outcome in outcomes:
        ran.add(outcome.test.partition("?")[0])
        for subtest in outcome.subtests:
            if subtest.passed:
                continue
            rule = next((one for one in rules if one.expects(outcome.test, subtest)), None)
            if rule is None:
                surprises.append(f"fails: {outcome.test}: {subtest.name}: {subtest.message[:300]}")
            else:
                found[rule] += 1
    for rule in rules:
        if any(fnmatch.fnmatchcase(test, rule.file) for test in ran) and found[rule] != rule.fails:
            more = "more" if found[rule] > rule.fails else "fewer"
            surprises.append(
                f"{more} failures than known: {rule.file} {rule.name} {rule.message}: {found[rule]}, not {rule.fails}"
            )
    return Verdict(found, tuple(surprises))
