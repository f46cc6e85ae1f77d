"""What a run of the suite came to, as the page docs/CONFORMANCE.md."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from wpt_folder import Area, Pin
from wpt_known import Rule
from wpt_outcome import Outcome
from wpt_runs import LIMITS

HEAD: Final = """# Conformance with the web platform

The web APIs of an action, measured by the platform's own tests: a subset of
[web-platform-tests](https://github.com/web-platform-tests/wpt) that Node's maintainers keep in Node's source archive
(`test/fixtures/wpt` of version {node}), pinned in
[tests/conformance/pinned.json](../tests/conformance/pinned.json) by area and hash. Each file runs as an action in the
sandbox, with the suite's own harness; the same text then runs in Node {running}, which says what a share means: many
tests ask for what only a browser has.

    make conformance WPT=FOLDER                          # FOLDER: the archive, unpacked, or its test/fixtures/wpt
    make conformance WPT=FOLDER CONFORMANCE=--write      # keeps this page
    make conformance WPT=FOLDER CONFORMANCE='--area url' # one area

Nothing of the suite is kept with Interlock. It runs every `.any.js` file that is for windows or workers, with its
variants, and the few `.window.js` files that need no document. What a page has and an action has not is given to a
test: `self`, `location`, a `fetch` that reads the folder, and to tests of `Blob` a `FileReader` to look into it. A file
may use {cpu} s of CPU time, {wall} s in all, {memory} MiB and {operations:,} host operations, where an action has 1 s,
20 s, 64 MiB and 100 by default.

A run ends with status 1 when a subtest fails that is not in
[tests/conformance/known.json](../tests/conformance/known.json), or one in there passes. The list of
[WinterTC's common API](https://min-common-api.proposal.wintertc.org/) is held by
`tests/sandbox/test_guest_common_api.py`; what is left out of it is in [COMPATIBILITY.md](COMPATIBILITY.md#web-apis).
"""
LEFT_OUT: Final = """
Left out whole, with what they are about: `wasm` (WebAssembly), `webstorage` (storage of a browser),
`performance-timeline` and `resource-timing` (observers and the timing of a page's resources), and the `.html` and
`.window.js` files that need a document. What these are about is not there in an action.
"""


@dataclass(frozen=True, slots=True)
class Row:
    """One area's figures. `total` counts what began here, and what passed in Node and did not even begin here."""

    area: str
    files: int
    total: int
    passed: int
    in_node: int


def row(area: Area, ours: Sequence[Outcome], nodes: Sequence[Outcome]) -> Row:
    """The figures of an area."""
    mine = _passed(ours)
    theirs = {name for name, passed in _passed(nodes).items() if passed}
    return Row(area.name, len(area.tests), len(mine.keys() | theirs), sum(mine.values()), len(theirs))


def page(pin: Pin, running: str, rows: Sequence[Row], found: Mapping[Rule, int]) -> str:
    """The whole page, ended by a line end."""
    head = HEAD.format(
        node=pin.node,
        running=running,
        cpu=LIMITS.cpu_ms // 1_000,
        wall=LIMITS.wall_ms // 1_000,
        memory=LIMITS.memory_bytes >> 20,
        operations=LIMITS.host_operations,
    )
    return f"{head}\n{table(rows, running)}{LEFT_OUT}\n## What fails, and why\n\n{reasons(found)}"


def table(rows: Sequence[Row], running: str) -> str:
    """Areas and their shares, with the sum below."""
    whole = Row("**all**", *(sum(column) for column in zip(*[_figures(one) for one in rows], strict=True)))
    lines = [
        f"| area | files | subtests | passed | share | Node {running} |",
        "| --- | --: | --: | --: | --: | --: |",
        *(
            f"| {one.area} | {one.files} | {one.total:,} | {one.passed:,} | {_share(one.passed, one.total)} "
            f"| {_share(one.in_node, one.total)} |"
            for one in [*rows, whole]
        ),
    ]
    return "".join(f"{line}\n" for line in lines)


def reasons(found: Mapping[Rule, int]) -> str:
    """Why subtests fail, from the most to the fewest."""
    counts: Counter[str] = Counter()
    for rule, count in found.items():
        counts[rule.reason] += count
    if not counts:
        return "Nothing that is known.\n"
    lines = ["| subtests | reason |", "| --: | --- |"]
    lines += [f"| {count} | {reason} |" for reason, count in counts.most_common() if count]
    return "".join(f"{line}\n" for line in lines)


def _figures(one: Row) -> tuple[int, int, int, int]:
    return one.files, one.total, one.passed, one.in_node


def _passed(outcomes: Sequence[Outcome]) -> dict[tuple[str, str], bool]:
    return {(outcome.test, one.name): one.passed for outcome in outcomes for one in outcome.subtests}


def _share(passed: int, total: int) -> str:
    """A share in percent, rounded down: 100 % is all of them."""
    return f"{int(1_000 * passed / total) / 10 if total else 0:.1f} %"
