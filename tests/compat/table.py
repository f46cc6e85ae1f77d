"""`make compat`: every package in the sandbox, as a table.

`--write` keeps it in docs/PACKAGES.md. `--node` runs the same bundles in Node, to see that these are right.
"""

import argparse
import asyncio
import os
import platform
import sys
import tempfile
from pathlib import Path

import structlog

import as_in_node
import compat_cases
import compat_runs
import stage
from compat_cases import Case
from compat_runs import Report
from interlock.executor.errors import BuildRefused

PAGE = compat_cases.FOLDER.parents[1] / "docs" / "PACKAGES.md"
HEAD = """# npm packages in an action

Each package does its real job in an action, in the sandbox, behind the wall of egress: against PostgreSQL, Valkey and
SMTP servers, and stand-ins that speak as the services do, over TLS where the real ones do. The actions are in
[tests/compat/actions](../tests/compat/actions), each with what it must come to beside it. `make compat` runs all of
them and prints this page; `make compat COMPAT=--write` keeps it. Nothing in it is typed by hand but what stops a
package.

**build** is bundling alone, from packages that are installed already; **load** is compiling and evaluating the bundle
into an image, once a process and version; **run** is the CPU time of a later run, handler and package together, where a
run of an action without packages takes {plain} ms here; **operations** are what the host was asked for, of 100 by
default; **memory** is all that the run had at its end, the loaded packages included, of 64 MiB by default. Measured on
{machine}: trust the ratios.
"""
NEARLY_ALL = 60 << 20
"""Of the 64 MiB that a run may have."""
COLUMNS = ("package", "version", "bundle kB", "build ms", "load ms", "run ms", "operations", "memory MiB", "result")


async def _measured(warm: int) -> tuple[list[tuple[Case, Report]], float]:
    rows = []
    with tempfile.TemporaryDirectory() as folder, stage.opened(Path(folder)) as servers:
        async with compat_runs.opened(servers) as runs:
            plain = await runs.plain_ms()
            for case in compat_cases.load():
                print(f"{case.name} ...", end="\r", file=sys.stderr, flush=True)
                rows.append((case, await runs.report(case, warm=warm)))
    return rows, plain


async def _in_node() -> bool:
    """Print how each case goes in Node; return whether all go well."""
    well = True
    with tempfile.TemporaryDirectory() as folder, stage.opened(Path(folder)) as servers:
        async with compat_runs.opened(servers) as runs:
            for case in compat_cases.load():
                try:
                    wrong = await as_in_node.wrong(case, await runs.bundled(case), servers)
                except BuildRefused as refused:
                    wrong = refused.message if case.stops is None else None
                print(f"{case.name}: {wrong or 'as it must be'}")
                well &= wrong is None
    return well


def _row(case: Case, report: Report, versions: dict[str, str]) -> tuple[str, ...]:
    names = " + ".join(case.packages)
    shown = {"auth0-v4": "auth0"}.get(names, names)
    shown += f" ({case.about})" if case.about else ""
    if report.wrong is None:
        tight = report.memory_bytes > NEARLY_ALL
        result = "works, with hardly any memory left" if tight else "works"
    elif case.stops is not None and case.says in report.wrong:
        result = f"**does not work**: {case.stops}"
    else:
        result = f"**fails**: {report.wrong.splitlines()[0]}"
    figures = (report.bundle_bytes / 1_000, report.build_ms, report.load_ms)
    numbers = [f"{figure:,.0f}" if figure else "" for figure in figures]
    memory = f"{report.memory_bytes / (1 << 20):.0f}"
    ran = (f"{report.run_ms:.1f}", str(report.operations), memory) if report.wrong is None else ("", "", "")
    return (shown, versions[case.packages[0]], *numbers, *ran, result)


def main() -> int:
    """Return 1 when a package fails that is not known to."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--write", action="store_true", help="keep the table in docs/PACKAGES.md")
    options.add_argument(
        "--warm", type=int, default=compat_runs.WARM, metavar="N", help="runs of which the median is shown"
    )
    options.add_argument("--node", action="store_true", help="run the bundles in Node")
    given = options.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    if given.node:
        return int(not asyncio.run(_in_node()))
    measured, plain = asyncio.run(_measured(given.warm))
    versions = compat_cases.versions()
    rows = [_row(case, report, versions) for case, report in measured]
    lines = [" | ".join(row) for row in [COLUMNS, ("---",) * len(COLUMNS), *rows]]
    table = "".join(f"| {line} |\n" for line in lines)
    machine = (
        f"{platform.machine()} with {os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}"
    )
    page = f"{HEAD.format(plain=f'{plain:.1f}', machine=machine)}\n{table}"
    print(page)
    if given.write:
        PAGE.write_text(page, "utf-8")
    return int(any("**fails**" in row[-1] for row in rows))


if __name__ == "__main__":
    sys.exit(main())
