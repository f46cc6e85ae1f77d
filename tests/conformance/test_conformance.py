"""The runner of the platform's tests, on a folder like theirs: small/."""

import asyncio
import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import conformance
import wpt_folder
import wpt_known
import wpt_runs
from interlock.sandbox import Sandbox
from wpt_folder import Area, Folder, Pin
from wpt_known import Rule
from wpt_outcome import WHOLE, Outcome, Subtest

SMALL = Path(__file__).parent / "small"
Run = Callable[[str], list[Outcome]]


@pytest.fixture(scope="module")
def in_sandbox() -> Iterator[Run]:
    with Sandbox.open() as sandbox:
        yield lambda test: asyncio.run(wpt_runs.all_in_sandbox(sandbox, Folder(SMALL), [test]))


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A copy that may be changed."""
    return shutil.copytree(SMALL, tmp_path / "small")


@pytest.fixture
def pinned(tmp_path: Path) -> Path:
    """A pin of the whole small folder."""
    path = tmp_path / "pinned.json"
    Pin("1.2.3", (Area("area", "", "", ()),)).renewed(Folder(SMALL)).write(path)
    return path


@pytest.fixture
def known(tmp_path: Path) -> Callable[..., Path]:
    """A file of rules."""

    def write(*rules: dict[str, object]) -> Path:
        path = tmp_path / "known.json"
        path.write_text(json.dumps([{"reason": "it is so", "rules": rules}]))
        return path

    return write


def passed(outcome: Outcome) -> dict[str, bool]:
    return {one.name: one.passed for one in outcome.subtests}


def test_a_test_has_its_scripts_and_its_files(in_sandbox: Run) -> None:
    [outcome] = in_sandbox("area/good.any.js")
    assert (outcome.cut, [*passed(outcome).values()]) == (None, [True, True, True, True]), outcome


def test_subtests_come_out_one_by_one_those_of_one_name_with_a_number(in_sandbox: Run) -> None:
    [outcome] = in_sandbox("area/mixed.any.js")
    assert passed(outcome) == {"passes": True, "fails": False, "twice": True, "twice [2]": False}
    assert outcome.subtests[1].message == "expected 2 but got 1"


def test_each_variant_runs_apart(in_sandbox: Run) -> None:
    first, second = in_sandbox("area/parts.any.js")
    assert (first.test, passed(first)) == ("area/parts.any.js?one", {"is the first part": True})
    assert (second.test, passed(second)) == ("area/parts.any.js?two", {"is the first part": False})


def test_of_a_run_that_is_cut_off_what_had_ended_counts(in_sandbox: Run) -> None:
    [outcome] = in_sandbox("area/cut.any.js")
    assert passed(outcome) == {"ended before": True, "waits for nothing": False, WHOLE: False}
    assert outcome.cut
    assert outcome.cut.startswith("never_settled: ")


def test_an_error_of_the_harness_fails_the_file(in_sandbox: Run) -> None:
    [outcome] = in_sandbox("area/broken.any.js")
    assert passed(outcome) == {"passes all the same": True, WHOLE: False}


def test_node_runs_the_same_text(in_sandbox: Run) -> None:
    tests = ["area/good.any.js", "area/mixed.any.js", "area/parts.any.js", "area/broken.any.js", "area/cut.any.js"]
    *outcomes, cut = asyncio.run(wpt_runs.all_in_node(Folder(SMALL), tests))
    assert [passed(one) for one in outcomes] == [passed(one) for test in tests[:-1] for one in in_sandbox(test)]
    assert passed(cut)["ended before"]
    assert not passed(cut)["waits for nothing"]


def test_tests_of_realms_without_a_platform_are_left_out() -> None:
    assert "area/elsewhere.any.js" not in Folder(SMALL).tests("area")
    assert "area/good.any.js" in Folder(SMALL).tests("area")


@pytest.mark.parametrize(
    "changed", ["resources/testharness.js", "resources/helper.js", "area/resources/data.json", "area/good.any.js"]
)
def test_another_content_is_refused_and_what_to_get_is_said(
    small: Path, pinned: Path, changed: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (small / changed).write_bytes((small / changed).read_bytes() + b"\n")
    assert conformance.main([str(small), "--pinned", str(pinned)]) == 2
    said = capsys.readouterr().err
    assert "area in" in said
    assert "Node's source archive, version 1.2.3" in said


@pytest.mark.parametrize("arguments", [[], ["/nowhere"]])
def test_without_a_folder_it_says_what_to_get(
    arguments: list[str], pinned: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert conformance.main([*arguments, "--pinned", str(pinned)]) == 2
    assert "make conformance WPT=FOLDER" in capsys.readouterr().err


def test_the_page_has_shares_and_reasons_and_what_is_known_is_no_failure(
    pinned: Path, known: Callable[..., Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    node = tmp_path / "node" / "test" / "fixtures" / "wpt"
    shutil.copytree(SMALL, node)
    rules = known(
        {"file": "area/mixed.any.js", "name": "fails|twice", "message": "expected", "fails": 2},
        {"file": "area/cut.*", "fails": 2},
        {"file": "area/*", "fails": 2},
    )
    arguments = [str(tmp_path / "node"), "--pinned", str(pinned), "--known", str(rules)]
    assert conformance.main(arguments) == 0
    page = capsys.readouterr().out
    assert "| area | 5 | 15 | 9 | 60.0 % |" in page
    assert "| 6 | it is so |" in page
    (rules).write_text("[]")
    assert conformance.main(arguments) == 1
    assert "fails: area/mixed.any.js: twice [2]: expected b but got a" in capsys.readouterr().err


def test_a_failure_that_is_new_and_one_that_is_gone_are_told() -> None:
    outcome = Outcome(
        "a/b.any.js?one", (Subtest("new", 1, "why"), Subtest("old", 1, "as ever"), Subtest("good", 0, ""))
    )
    old = Rule("it is so", "a/*.any.js", 1, name="old")
    assert wpt_known.judge([old], [outcome]).surprises == ("fails: a/b.any.js?one: new: why",)
    gone = Rule("it was so", "a/b.any.js", 2, message="why")
    assert wpt_known.judge([old, gone], [outcome]).surprises == (
        "fewer failures than known: a/b.any.js  why: 1, not 2",
    )
    assert wpt_known.judge([Rule("of another file", "c/*", 5)], []).surprises == ()


def test_what_is_pinned_is_in_order_and_rules_are_for_tests_that_are_pinned() -> None:
    pin = Pin.read()
    for area in pin.areas:
        assert len(area.commit) == 40
        assert len(area.sha256) == 64
        assert [*area.tests] == sorted(set(area.tests)) != []
    tests = [test for area in pin.areas for test in area.tests]
    for rule in wpt_known.read():
        assert any(rule.expects(test, Subtest(rule.name, 1, rule.message)) for test in tests) or "|" in rule.message, (
            rule
        )
        assert rule.fails > 0


def test_a_rule_with_another_key_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "known.json"
    path.write_text('[{"reason": "x", "rules": [{"file": "a", "fails": 1, "test": "b"}]}]')
    with pytest.raises(ValueError, match="a rule needs file and fails"):
        wpt_known.read(path)


def test_renewing_a_pin_keeps_the_tests_that_were_added_by_hand(small: Path) -> None:
    (small / "area" / "special.window.js").write_text("")
    area = Area("area", "", "", ("area/special.window.js", "area/gone.window.js"))
    [renewed] = Pin("1", (area,)).renewed(Folder(small)).areas
    assert "area/special.window.js" in renewed.tests
    assert "area/gone.window.js" not in renewed.tests
    assert renewed.sha256 == Folder(small).hash(renewed.tests)
    assert wpt_folder.PINNED.is_file()
