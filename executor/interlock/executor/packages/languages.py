"""Which language an action is written in, and whether it must be bundled before it can run.

Plain CommonJS without packages runs as it was written: nothing is started for it, and lines are the author's.
"""

import re
from typing import Final, Literal

Language = Literal["javascript", "typescript"]

JAVASCRIPT: Final[Language] = "javascript"
TYPESCRIPT: Final[Language] = "typescript"
SUFFIXES: Final[dict[str, Language]] = {
    ".js": JAVASCRIPT,
    ".mjs": JAVASCRIPT,
    ".cjs": JAVASCRIPT,
    ".ts": TYPESCRIPT,
    ".mts": TYPESCRIPT,
    ".cts": TYPESCRIPT,
}
"""Suffixes of files. JSX has none: there is nothing that an action could render."""

# Strings and comments; of template literals and regular expressions too little can be said by an expression, and what
# is wrongly found in one costs a bundling, nothing else.
_BEGINS: Final = re.compile(r"""['"]|/[*/]""")
_INSIDE: Final = {quote: re.compile(rf"(?:[^{quote}\\\n]|\\.)*+", re.DOTALL) for quote in "'\""}
_LINE: Final = re.compile(r"[^\n\r\u2028\u2029]*")
_BLANKS: Final = re.compile(r"\s+")
_LINE_ENDS: Final = frozenset("\n\r\u2028\u2029")
_MODULE: Final = re.compile(
    r"""(?:^|[;}\n\r\u2028\u2029])\s*(?:import\s*(?:['"\w$*{])|export\s*(?:default\b|const\b|let\b|var\b|function\b|class\b"""
    r"""|async\b|[{*]))|(?<![.\w$])import\s*(?:\(|\.\s*meta\b)"""
)


def of_file(suffix: str) -> Language:
    """Return the language of a file by its suffix; JavaScript when it says nothing."""
    return SUFFIXES.get(suffix.lower(), JAVASCRIPT)


def known(language: str) -> Language:
    """Return a language that was stored. Raises KeyError when it is none."""
    return {each: each for each in (JAVASCRIPT, TYPESCRIPT)}[language]  # type: ignore[index]


def must_be_bundled(code: str, language: Language) -> bool:
    """Whether the engine cannot take the code as it is: TypeScript, or an ES module."""
    return language == TYPESCRIPT or is_module(code)


def is_module(code: str) -> bool:
    """Whether code imports or exports as an ES module does, as far as its text shows."""
    if "import" not in code and "export" not in code:
        return False
    # Of blanks one is left: an expression that begins in each of thousands would look at all that follow.
    short = _BLANKS.sub(lambda found: " " if _LINE_ENDS.isdisjoint(found.group()) else "\n", _without_prose(code))
    return _MODULE.search(short) is not None


def _without_prose(code: str) -> str:
    """Return code without what is in its strings and comments. What does not end is left as it is.

    Each character is looked at a few times at most, whatever the code is: it is an enemy's, and everybody waits.
    """
    kept: list[str] = []
    at = start = 0
    # Up to where each of them was seen not to end: what begins before that ends no more than the one before it did.
    endless = {"'": 0, '"': 0, "/*": 0}
    while (found := _BEGINS.search(code, at)) is not None:
        begins, at = found.group(), found.end()
        if found.start() < endless.get(begins, 0):
            continue
        end = _end(code, at, begins)
        if end < 0:
            endless[begins] = -end
            continue
        kept += (code[start : found.start()], "''" if begins in _INSIDE else " ")
        at = start = end
    return "".join([*kept, code[start:]])


def _end(code: str, at: int, begins: str) -> int:
    """Return the place behind what begins here; where it does not end, minus the place up to which that was seen."""
    if begins == "//":
        return _matched(_LINE, code, at)
    if begins == "/*":
        end = code.find("*/", at)
        return end + 2 if end >= 0 else -len(code)
    end = _matched(_INSIDE[begins], code, at)
    return end + 1 if code[end : end + 1] == begins else -end


def _matched(pattern: re.Pattern[str], code: str, at: int) -> int:
    found = pattern.match(code, at)
    return at if found is None else found.end()
