"""Each npm package that actions use does its real job in the sandbox, against real and stand-in servers.

What actions do and what it must come to is in actions/; `make compat` prints the same as a table.
"""

import pytest

import compat_cases
from compat_cases import SHORT, Case
from compat_runs import Runs

CASES = [
    pytest.param(case, id=case.name, marks=() if case.name in SHORT else pytest.mark.slow)
    for case in compat_cases.load()
]


@pytest.mark.parametrize("case", CASES)
async def test_a_package_does_its_job_or_says_what_stops_it(case: Case, runs: Runs) -> None:
    report = await runs.report(case)
    if case.stops is None:
        assert report.wrong is None
    else:
        assert report.wrong is not None, f"{case.name} works now: take `stops` out of its JSON"
        assert case.says in report.wrong


def test_every_package_of_the_lock_has_a_case() -> None:
    named = {package for case in compat_cases.load() for package in case.packages}
    assert named == set(compat_cases.versions())


def test_the_packages_lock_names_no_address() -> None:
    text = (compat_cases.FOLDER / "package-lock.json").read_text()
    assert '"resolved"' not in text
    assert '"integrity": "sha512-' in text
