"""Reads the pages of this folder: what an action tries, how it must end, and its code. README.md says how they look."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from interlock.sandbox import Limits

_SECTION: Final = re.compile(
    r"^## (?P<title>.+)\n(?P<rules>(?:.*\n)*?)```js\n(?P<code>(?:.*\n)*?)```\n(?P<more>(?:[^#\n].*\n)*)", re.MULTILINE
)
_RULES: Final = {
    "ends": re.compile(
        r"(?P<how>Ends with|Does not load:) `(?P<code>[a-z_]+)`"
        r"(?: at line (?P<line>\d+))?(?:, saying `(?P<words>.+)`)?\."
    ),
    "gives": re.compile(r"Gives `(?P<output>.+)`\."),
    "logs": re.compile(r"Logs `(?P<text>.+)`\."),
    "limits": re.compile(r"Limits: `(?P<limits>.+)`\."),
    "input": re.compile(r"Input: `(?P<input>.+)`\."),
}


@dataclass(frozen=True)
class Hostile:
    """One action and its end: an error's `code`, perhaps its line and words; or, when that is None, `output`."""

    page: str
    title: str
    source: str
    limits: Limits
    input: bytes
    loads: bool
    code: str | None
    line: int | None
    words: str
    output: Any
    logs: str


def read() -> list[Hostile]:
    """Every section of every page. Raises ValueError for one that says nothing, or says it in other words."""
    folder = Path(__file__).parent
    return [one for path in sorted(folder.glob("*.md")) if path.stem != "README" for one in _sections(path)]


def _sections(path: Path) -> Iterator[Hostile]:
    text = path.read_text()
    sections = list(_SECTION.finditer(text))
    if len(sections) != text.count("\n## "):
        raise ValueError(f"{path.name}: a section has no code")
    above = [line for line in text[: text.index("\n## ")].splitlines() if line.startswith("Limits: ")]
    limits = _limits(_rules(above), Limits())
    for section in sections:
        try:
            found = _rules((section["rules"] + section["more"]).splitlines())
            yield _hostile(path.stem, section["title"], section["code"], found, limits)
        except ValueError as error:
            raise ValueError(f"{path.name}: {section['title']}: {error}") from None


def _rules(lines: list[str]) -> dict[str, re.Match[str]]:
    found: dict[str, re.Match[str]] = {}
    for line in filter(None, lines):
        matches = [(name, match) for name, pattern in _RULES.items() if (match := pattern.fullmatch(line))]
        if not matches or matches[0][0] in found:
            raise ValueError(f"not a rule of README.md, or a second one of its kind: {line}")
        found.update(matches)
    return found


def _hostile(page: str, title: str, source: str, found: dict[str, re.Match[str]], limits: Limits) -> Hostile:
    ends, gives = found.get("ends"), found.get("gives")
    if (ends is None) == (gives is None):
        raise ValueError("it must either end with an error or give something")
    return Hostile(
        page=page,
        title=title,
        source=source,
        limits=_limits(found, limits),
        input=found["input"]["input"].encode() if "input" in found else b"{}",
        loads=ends is None or ends["how"] == "Ends with",
        code=ends["code"] if ends else None,
        line=int(ends["line"]) if ends and ends["line"] else None,
        words=(ends["words"] or "") if ends else "",
        output=json.loads(gives["output"]) if gives else None,
        logs=found["logs"]["text"] if "logs" in found else "",
    )


def _limits(found: dict[str, re.Match[str]], limits: Limits) -> Limits:
    if "limits" not in found:
        return limits
    pairs = (pair.split("=") for pair in found["limits"]["limits"].split(", "))
    return replace(limits, **{name: int(value) for name, value in pairs})
