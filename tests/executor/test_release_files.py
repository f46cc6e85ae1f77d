"""Release files: what is read, and messages that name the line."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock.executor import release_files, toml_places
from interlock.executor.errors import Misused

KNOWN = ("post-login", "event-stream")
WHOLE = """\
# what acme runs
[modules.crm]
secrets = ["CRM_KEY"]
dependencies = { axios = "^1", "@scope/a" = "2" }

[actions.add-roles]
trigger = "post-login"

[actions."sync all"]
code = "elsewhere/sync.mjs"
modules = { crm = 3 }

[triggers.post-login]
actions = ["add-roles", "sync all"]
limits = { cpu_ms = 500 }
egress = { allow = ["api.example.com:443"] }
expected_release = 3

[triggers."event-stream/orders"]
actions = []
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("modules/crm.js", "actions/add-roles.ts", "elsewhere/sync.mjs"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"// {name}\nimport 'left';\n")
    (tmp_path / "actions" / "package.json").write_text('{"dependencies": {"left": "^1.3"}}')
    return tmp_path


def read(folder: Path, text: str) -> Any:
    (folder / "interlock.toml").write_text(text)
    found = release_files.read(folder)
    found.check_triggers(KNOWN)
    return found


def test_a_file_names_code_by_convention_and_triggers_with_their_entities(folder: Path) -> None:
    body = read(folder, WHOLE).body
    [crm] = body["modules"]
    roles, sync = body["actions"]
    assert crm["code"] == "// modules/crm.js\nimport 'left';\n"
    assert crm["dependencies"] == [{"name": "axios", "version": "^1"}, {"name": "@scope/a", "version": "2"}]
    assert (crm["secret_names"], roles["trigger"], roles["language"]) == (["CRM_KEY"], "post-login", "typescript")
    # As `interlock run` has it: of the package.json beside the code.
    assert (roles["dependencies"], sync["dependencies"]) == ([{"name": "left", "version": "^1.3"}], [])
    assert (sync["name"], sync["language"], "trigger" in sync) == ("sync all", "javascript", False)
    assert (sync["modules"], "modules" in roles) == ([{"name": "crm", "number": 3}], False)
    login, orders = body["triggers"]
    assert login["actions"] == [{"action": "add-roles"}, {"action": "sync all"}]
    assert (login["limits"], login["expected_release"]) == ({"cpu_ms": 500}, 3)
    assert (orders["trigger"], orders["entity"], orders["actions"]) == ("event-stream", "orders", [])


@pytest.mark.parametrize(
    ("before", "after", "line", "says"),
    [
        ('trigger = "post-login"', 'triger = "post-login"', 7, "actions.add-roles.triger: there is no such thing"),
        (
            'trigger = "post-login"',
            'trigger = "post-logout"',
            7,
            "there is no trigger 'post-logout'; there are: post-login, event-stream",
        ),
        ("[triggers.post-login]", "[triggers.after-login]", 13, "there is no trigger 'after-login'"),
        ("[triggers.post-login]", "[trigger.post-login]", 13, "trigger: there is no such thing here"),
        ("cpu_ms = 500", "cpu_seconds = 5", 15, "there is no limit 'cpu_seconds'"),
        ("cpu_ms = 500", 'cpu_ms = "500"', 15, "limits.cpu_ms: Input should be a valid integer"),
        ("api.example.com:443", "http://x", 16, "egress"),
        ("expected_release = 3", "expected_release = -1", 17, "greater than or equal to 0"),
        ("crm = 3", "crm = 0", 11, "greater than or equal to 1"),
        ("elsewhere/sync.mjs", "elsewhere/nothing.js", 10, "there is no file"),
        ("[modules.crm]", "[modules.crn]", 2, "modules.crn: there is no"),
        ('"^1"', '"http://x"', 2, "no version of axios"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(folder: Path, before: str, after: str, line: int, says: str) -> None:
    assert before in WHOLE
    with pytest.raises(Misused) as refused:
        read(folder, WHOLE.replace(before, after))
    assert refused.value.code == "release_file_invalid"
    assert f"interlock.toml:{line}:" in refused.value.message
    assert says in refused.value.message


@pytest.mark.parametrize(
    ("before", "after", "meant"),
    [("[triggers.", "[trigger.", "triggers"), ('"post-login"', '"post-logn"', "post-login")],
)
def test_what_may_be_meant_is_said(folder: Path, before: str, after: str, meant: str) -> None:
    with pytest.raises(Misused) as refused:
        read(folder, WHOLE.replace(before, after))
    assert refused.value.hint == f"Did you mean {meant}?"


def test_what_is_no_toml_or_not_there_is_told(folder: Path) -> None:
    with pytest.raises(Misused, match=r"it is no TOML: .* \(at line 2"):
        read(folder, "[actions.a]\ntrigger = \n")
    (folder / "interlock.toml").unlink()
    with pytest.raises(Misused) as refused:
        release_files.read(folder)
    assert refused.value.code == "release_file_missing"


def test_places_are_found_in_every_way_to_write_them() -> None:
    text = 'a = """\n[not.a.table]\nb = 1\n"""\n[one."two words"]\nthree.four = { five = 1, "six" = 2 }\n'
    text += "[[many]]\nx=1\n\n[[many]]\nx=1"
    found = toml_places.places(text)
    lines = {("a",): 1, ("one", "two words"): 5, ("one", "two words", "three", "four", "six"): 6}
    lines |= {("many",): 7, ("many", "0", "x"): 8, ("many", "1"): 10, ("many", "1", "x"): 11}
    assert {path: found[path] for path in lines} == lines
    assert toml_places.line_of(found, ("one", "two words", "three", "nothing", 3)) == 5
    assert toml_places.line_of(found, ("nothing",)) == 1


@given(st.text(alphabet="[]\"'=.# \nab{},", max_size=200))
def test_no_text_is_too_odd_to_be_looked_through(text: str) -> None:
    lines = text.splitlines()
    assert all(1 <= line <= len(lines) for line in toml_places.places(text).values())
