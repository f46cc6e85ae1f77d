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
_PROSE: Final = re.compile(r"""'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|/\*.*?\*/|//[^\n\r\u2028\u2029]*""", re.DOTALL)
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
    return _MODULE.search(_PROSE.sub(lambda found: "''" if found.group()[0] in "'\"" else " ", code)) is not None
