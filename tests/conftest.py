"""What every test starts from: an environment that says nothing of the machine, random tests without a stop-watch."""

import gc
import os
from collections.abc import Generator, Iterator

import pytest
from hypothesis import settings

# Suites that several implementations pass: their assertions explain themselves only when pytest rewrites them, which it
# does by itself for test files alone. Here, before anything imports one.
pytest.register_assert_rewrite("caches_suite", "execution_log_suite", "secret_store_suite", "suspensions_suite")

# A busy machine must not fail a test: what is timed is measured by `make bench`, never by a test.
settings.register_profile("interlock", deadline=None, print_blob=True)
settings.load_profile("interlock")

SCRUBBED = (
    "FORCE_COLOR",
    "NO_COLOR",
    "CLICOLOR",
    "CLICOLOR_FORCE",
    "COLORTERM",
    "COLUMNS",
    "LINES",
    "TERM",
    "PYTHONPATH",
)

CACHE = "INTERLOCK_CACHE_DIR"


def pytest_xdist_auto_num_workers() -> int:
    """`-n auto`: one more than there are cores, for half of the long tests wait for a process that they started."""
    return len(os.sched_getaffinity(0)) + 1


def pytest_collection_finish() -> None:
    """Nine thousand tests and all modules are no garbage: looking at them again and again takes a tenth of the time."""
    gc.freeze()
    gc.set_threshold(10_000, 20, 20)


@pytest.fixture(scope="session", autouse=True)
def scrubbed_environment() -> Iterator[None]:
    """Takes away what would make a test pass here and fail elsewhere: our own settings, colours, widths, time zone.

    The cache stays where it is: the engine in it is the same for everybody.
    """
    with pytest.MonkeyPatch.context() as patch:
        for name in [*SCRUBBED, *(name for name in os.environ if name.startswith("INTERLOCK_") and name != CACHE)]:
            patch.delenv(name, raising=False)
        patch.setenv("TERM", "dumb")
        patch.setenv("TZ", "UTC")
        patch.setenv("LC_ALL", "C.UTF-8")
        yield


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Reports go to another process as UTF-8: half of a surrogate pair in one would end the whole run."""
    report = yield
    if isinstance(report.longrepr, str) or report.longrepr is None:
        return report
    text = str(report.longrepr)
    if text.encode("utf-8", "replace").decode() != text:
        report.longrepr = text.encode("utf-8", "backslashreplace").decode()
    report.sections = [(name, _sendable(said)) for name, said in report.sections]
    return report


def _sendable(text: str) -> str:
    return text.encode("utf-8", "backslashreplace").decode()
