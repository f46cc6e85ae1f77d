"""The benchmark works and says sane things. Nothing here looks at how long anything took."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
BENCH = ROOT / "bench"


@pytest.fixture(scope="module")
def quick(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, dict[str, Any]]:
    """What a quick run prints, and its raw figures."""
    raw = tmp_path_factory.mktemp("bench") / "results.json"
    done = subprocess.run(
        [sys.executable, BENCH / "run.py", "--quick", "--json", raw], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout, json.loads(raw.read_text())


def test_it_measures_our_run_beside_the_bare_spike_and_says_the_ratio(quick: tuple[str, dict[str, Any]]) -> None:
    printed, raw = quick
    for name in ("spike", "interlock", "flow_kept", "flow_recorded", "asking_recorded", "flow_loading", "console"):
        for one in raw["rounds"][name]:
            assert 0 < one["p50_us"] <= one["p95_us"] <= one["p99_us"]
    assert re.search(r"bare spike  .*\d\.\d\d \(\d\.\d\d to \d\.\d\d\)", printed)
    assert "at most 1.25 of the bare spike" in printed


def test_it_counts_the_pages_that_a_run_touches(quick: tuple[str, dict[str, Any]]) -> None:
    touched = quick[1]["touched"]
    assert 0 < touched["by_run"] <= touched["together"] < 1_000
    assert 0 < touched["restored"] < 1_000
    assert 0 < touched["base_bytes"] < 1_500_000


def test_it_tells_operators_what_opening_loading_and_waiting_cost(quick: tuple[str, dict[str, Any]]) -> None:
    printed, raw = quick
    assert raw["waiting"]["parked_runs"] >= raw["waiting"]["count"] - raw["waiting"]["slots"] > 0
    assert raw["waiting"]["parked_bytes"] > 0
    for words in ("Sandbox.open, cached", "loading the action", "while one action loops", "parking a waiting run"):
        assert words in printed


def test_it_deploys_with_and_without_packages_and_asks_no_registry_for_those_that_are_there(
    quick: tuple[str, dict[str, Any]],
) -> None:
    printed, raw = quick
    assert {kind for kind, measured in raw["deploys"].items() if kind != "count" and measured["first_us"] > 0} == {
        "plain",
        "typescript",
        "pg",
    }
    assert re.search(r"pg: 14 packages, which were installed before: [\d,.]+ ms, again [\d,.]+ ms", printed)


def test_it_measures_flows_of_several_lengths_suspended_ones_and_replays(quick: tuple[str, dict[str, Any]]) -> None:
    printed, raw = quick
    assert {*raw["flows"]["flows"][0]} == {"1", "5", "20"}
    for name in ("suspended", "resumed", "both"):
        assert raw["flows"]["resumed"][0][name]["runs"] == 4
    for words in ("a flow of 20 actions: ", "its replay, and the comparison: ", "the user is back: "):
        assert words in printed


def test_it_notes_on_the_host_when_a_handler_has_begun(quick: tuple[str, dict[str, Any]]) -> None:
    printed, raw = quick
    for kind in ("plain", "pg"):
        assert raw["starting"][kind]["warm"]["runs"] == 10 * raw["starting"][kind]["cold"]["runs"] == 10
        assert raw["starting"][kind]["warm"]["p50_us"] > 0
    assert "until its handler has begun, pg: first p50" in printed


def test_executions_that_wait_for_a_server_have_no_thread_each(quick: tuple[str, dict[str, Any]]) -> None:
    printed, raw = quick
    assert raw["slow"]["executions"] == 80
    assert 0 < raw["slow"]["threads"] < 40
    assert 0 < raw["slow"]["before_bytes"] <= raw["slow"]["waiting_bytes"]
    assert "memory of the worker: " in printed


def test_a_quick_run_asks_no_peer_and_cannot_become_the_results_page(quick: tuple[str, dict[str, Any]]) -> None:
    assert quick[1]["peers"] == {}
    refused = subprocess.run(
        [sys.executable, BENCH / "run.py", "--quick", "--write"], capture_output=True, text=True, check=False
    )
    assert refused.returncode == 2
    assert "leave out one of" in refused.stderr


def test_the_peers_are_installed_from_lock_files_with_hashes_and_without_addresses() -> None:
    locks = sorted((BENCH / "peers" / "locks").glob("*.lock"))
    assert {lock.stem for lock in locks} == {"mini-racer", "quickjs", "quickjs-ng", "quickjs-rs"}
    for lock in locks:
        text = lock.read_text()
        assert re.findall(rf"^{lock.stem}==\S+ \\$", text, re.MULTILINE)
        assert len(re.findall(r"^[\w.-]+==", text, re.MULTILINE)) == len(
            re.findall(r"^[\w.-]+==\S+ \\$", text, re.MULTILINE)
        )
        assert "--hash=sha256:" in text
        assert "://" not in text
    npm = (BENCH / "peers" / "isolated-vm" / "package-lock.json").read_text()
    assert '"resolved"' not in npm
    assert npm.count('"integrity": "sha512-') == npm.count('"node_modules/')
