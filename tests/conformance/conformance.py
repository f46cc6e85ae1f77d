"""`make conformance`: the platform's own tests in the sandbox, and the share that passes.

It prints docs/CONFORMANCE.md, and `--write` keeps it. Ends with 1 when something fails that is not known to, or passes
that is known to fail; with 2 when the folder is not the one that is pinned.
"""

import argparse
import asyncio
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import wpt_folder
import wpt_known
import wpt_report
import wpt_runs
from interlock.sandbox import Sandbox
from wpt_folder import Area, Folder, NotThePinnedFolder, Pin
from wpt_outcome import Outcome

PAGE: Final = Path(__file__).resolve().parents[2] / "docs" / "CONFORMANCE.md"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what the command line says. Return the exit status."""
    options = argparse.ArgumentParser(prog="make conformance", description=__doc__)
    options.add_argument("folder", nargs="?", type=Path, help="web-platform-tests, or Node's source tree")
    options.add_argument("--area", action="append", default=[], metavar="NAME", help="only this one; may be repeated")
    options.add_argument("--write", action="store_true", help="keep the page in docs/CONFORMANCE.md")
    options.add_argument("--pinned", type=Path, default=wpt_folder.PINNED, help=argparse.SUPPRESS)
    options.add_argument("--known", type=Path, default=wpt_known.KNOWN, help=argparse.SUPPRESS)
    options.add_argument("--pin", action="store_true", help="pin the tests of this folder, and run nothing")
    given = options.parse_args(arguments)
    pin = Pin.read(given.pinned)
    areas = [area for area in pin.areas if area.name in given.area or not given.area]
    if unknown := {*given.area} - {area.name for area in areas}:
        options.error(f"no such area: {', '.join(sorted(unknown))}; there are {', '.join(a.name for a in pin.areas)}")
    if given.write and given.area:
        options.error("--write keeps the page of all areas: leave --area out")
    if given.folder is None:
        print(f"There is no folder to test with. {wpt_folder.GET.format(node=pin.node)}", file=sys.stderr)
        return 2
    folder = Folder(given.folder)
    if given.pin:
        pin.renewed(folder).write(given.pinned)
        return 0
    try:
        folder.check(pin, [area.name for area in areas])
    except NotThePinnedFolder as refused:
        print(refused, file=sys.stderr)
        return 2
    return _report(folder, pin, areas, given.known, write=given.write)


def _report(folder: Folder, pin: Pin, areas: Sequence[Area], known: Path, *, write: bool) -> int:
    rows, ours = [], []
    with Sandbox.open() as sandbox:
        for area in areas:
            print(f"{area.name} ...", file=sys.stderr, flush=True)
            mine, nodes = asyncio.run(_both(sandbox, folder, area))
            rows.append(wpt_report.row(area, mine, nodes))
            ours += mine
    verdict = wpt_known.judge(wpt_known.read(known), ours)
    page = wpt_report.page(pin, _node_version(), rows, verdict.found)
    print(page)
    for surprise in verdict.surprises:
        print(surprise, file=sys.stderr)
    if write:
        PAGE.write_text(page, "utf-8")
    return int(bool(verdict.surprises))


async def _both(sandbox: Sandbox, folder: Folder, area: Area) -> tuple[list[Outcome], list[Outcome]]:
    ours = await wpt_runs.all_in_sandbox(sandbox, folder, area.tests)
    return ours, await wpt_runs.all_in_node(folder, area.tests)


def _node_version() -> str:
    said = subprocess.run([wpt_runs.NODE, "--version"], capture_output=True, check=True, text=True)
    return said.stdout.strip().removeprefix("v")


if __name__ == "__main__":
    sys.exit(main())
