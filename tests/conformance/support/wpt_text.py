"""A web platform test as the text of an action: page, harness, the scripts that its META lines name, the test itself.

https://web-platform-tests.org/writing-tests/testharness.html has the META lines of .any.js files.
"""

import base64
import json
import posixpath
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final, Protocol

HARNESS: Final = "resources/testharness.js"
_IDL: Final = "resources/idlharness.js"
_SERVED: Final = {"/resources/WebIDLParser.js": "/resources/webidl2/lib/webidl2.js"}
"""What web-platform-tests' own server answers under another name than the file has."""
_META: Final = re.compile(r"// META: (\w+)=(.*)")
_QUOTED: Final = re.compile(r"""(['"`])([\w./-]+)\1""")
_PAGE: Final = Path(__file__).with_name("wpt_page.js")


class Files(Protocol):
    """A folder that tests are read from."""

    @property
    def interfaces(self) -> tuple[str, ...]: ...
    def text(self, path: str) -> str: ...
    def bytes(self, path: str) -> bytes: ...
    def has(self, path: str) -> bool: ...


def is_for_us(folder: Files, test: str) -> bool:
    """Whether a test is for windows or workers, and not for realms without the platform's APIs alone."""
    kinds = next((value.split(",") for key, value in _meta(folder.text(test)) if key == "global"), ["window"])
    return any(not kind.startswith("shadowrealm") for kind in kinds)


def variants(folder: Files, test: str) -> list[str]:
    """The parts that a long test is run in: query strings, or one empty text."""
    return [value for key, value in _meta(folder.text(test)) if key == "variant"] or [""]


def action(folder: Files, test: str, variant: str = "") -> str:
    """CommonJS: its function runs the test, prints a line for each subtest, and ends when the harness does."""
    files = {name: _base64(folder, path) for name, path in _fetched(folder, test).items()}
    page = {"search": variant, "files": files, "reader": test.startswith("FileAPI/blob/")}
    scripts = [*(folder.text(path) for path in _scripts(folder, test)), folder.text(test)]
    # One script, as a page's are: what one declares the next one sees, and functions are properties of the global.
    script = "\n".join([folder.text(HARNESS), "const wptEnd = wptHarness();", *scripts, "wptEnd;"])
    return f"""\
module.exports = () => {{
const PAGE = {json.dumps(page)};
{_PAGE.read_text("utf-8")}
return (0, eval)({json.dumps(script)});
}};
"""


def needs(folder: Files, test: str) -> set[str]:
    """The files that a test reads beside itself and the harness."""
    return {*_scripts(folder, test), *_fetched(folder, test).values()}


def _meta(text: str) -> Iterator[tuple[str, str]]:
    """The META lines: only those before the first line of another kind count."""
    for line in text.splitlines():
        if found := _META.fullmatch(line.strip()):
            yield found[1], found[2].strip()
        elif line.strip() and not line.startswith("//"):
            return


def _scripts(folder: Files, test: str) -> list[str]:
    names = (_SERVED.get(value, value) for key, value in _meta(folder.text(test)) if key == "script")
    paths = [_path(test, name) for name in names]
    return [path for path in paths if folder.has(path)]


def _fetched(folder: Files, test: str) -> dict[str, str]:
    """What a test may fetch, by the name it says: quoted names of files that are there, and IDL by its standard."""
    texts = [folder.text(test), *(folder.text(path) for path in _scripts(folder, test) if path != _IDL)]
    text = "\n".join(texts)
    if "idl_test(" in text:
        words = {word for _, word in _QUOTED.findall(text)}
        return {f"/interfaces/{one}.idl": f"interfaces/{one}.idl" for one in folder.interfaces if one in words}
    if "fetch(" not in text:
        return {}
    names = {name for _, name in _QUOTED.findall(text)}
    return {name: path for name in sorted(names) if folder.has(path := _path(test, name))}


def _path(test: str, name: str) -> str:
    """A name as a page says it, as a path from the top of the folder."""
    return name[1:] if name.startswith("/") else posixpath.normpath(posixpath.join(posixpath.dirname(test), name))


def _base64(folder: Files, path: str) -> str:
    return base64.b64encode(folder.bytes(path)).decode()
