"""The file of an operator's triggers, as commands and processes are given it: what is wrong is told with its line."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from interlock.executor import operator_triggers, settings
from interlock.executor.errors import SettingsRefused
from interlock.worker.triggers import BUILT_IN

Call = Callable[..., Any]
PAGE = Path(__file__).parents[2] / "docs" / "TRIGGERS.md"
EXAMPLE = Path(__file__).parents[2] / "examples" / "triggers" / "undocumented.toml"
WHOLE = """\
# Ours.
[triggers.closing]
handlers = ["onExecuteClosing"]
blocking = true

[[triggers.closing.event.fields]]
name = "why"
type = "string"

[[triggers.closing.event.fields]]
name = "when"
type = "number"

[[triggers.closing.api.methods]]
name = "api.closing.refuse"
effect = "deny"
params = [{ name = "reason", type = "string" }]
"""
ACTION = "exports.onExecuteClosing = (event, api) => api.closing.refuse(event.why);"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "triggers.toml"
    path.write_text(WHOLE)
    return path


def test_without_a_file_there_are_the_documented_triggers() -> None:
    assert operator_triggers.of(settings.load()) is BUILT_IN


@pytest.mark.parametrize(
    ("before", "after", "line", "says"),
    [
        ("triggers.closing", "triggers.post-login", 2, "triggers.post-login"),
        ("blocking = true", "blocking = 1", 4, "triggers.closing.blocking"),
        ('type = "number"', 'type = "text"', 12, "event.fields.1.type"),
        ('"deny"', '"refuse"', 16, "api.methods.0.effect"),
        ('name = "reason"', 'name = "colour"', 17, "a denial has the parameters"),
        ('type = "string"\n\n', 'type = "string"\nkind = 1\n\n', 9, "there is no such thing here"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(file: Path, before: str, after: str, line: int, says: str) -> None:
    assert before in WHOLE
    file.write_text(WHOLE.replace(before, after))
    with pytest.raises(SettingsRefused) as refused:
        operator_triggers.given(file)
    assert f"INTERLOCK_TRIGGERS: {file}:{line}: " in refused.value.message
    assert says in refused.value.message


def test_what_is_no_toml_or_not_there_is_told(file: Path) -> None:
    file.write_text("[triggers")
    with pytest.raises(SettingsRefused, match="is no TOML"):
        operator_triggers.given(file)
    file.unlink()
    with pytest.raises(SettingsRefused, match=r"INTERLOCK_TRIGGERS: .*triggers\.toml"):
        operator_triggers.given(file)


def test_commands_take_the_file_by_name_or_by_setting(
    interlock: Call, file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    listed = json.loads(interlock("triggers", "--json", "--triggers", file).out)
    assert [each["id"] for each in listed if each["own"]] == ["closing"]
    monkeypatch.setenv("INTERLOCK_TRIGGERS", str(file))
    event = json.loads(interlock("event", "closing").out)
    assert event == {"why": "text", "when": 1, "secrets": {}}
    assert interlock("types", tmp_path / "types").status == 0
    assert "ClosingAPI" in (tmp_path / "types" / "closing.d.ts").read_text()


def test_an_action_of_such_a_trigger_runs_here(interlock: Call, file: Path, tmp_path: Path) -> None:
    (tmp_path / "action.js").write_text(ACTION)
    ran = interlock(
        *("run", tmp_path / "action.js", "--trigger", "closing", "--event", "-", "--triggers", file, "--json"),
        stdin=b'{"why": "never asked", "when": 3}',
    )
    assert json.loads(ran.out)["outcome"] == {"denied": {"method": "api.closing.refuse", "reason": "never asked"}}


def test_the_example_of_the_page_is_a_file_and_its_action_runs(interlock: Call, tmp_path: Path) -> None:
    file, action = tmp_path / "triggers.toml", tmp_path / "action.js"
    for path, language in ((file, "toml"), (action, "js")):
        [block] = re.findall(rf"```{language}\n(.*?)```", PAGE.read_text(), re.DOTALL)
        path.write_text(block)
    event = interlock("event", "account-closing", "--triggers", file).out.encode()
    given = ("--trigger", "account-closing", "--event", "-", "--triggers", file, "--json")
    ran = json.loads(interlock("run", action, *given, stdin=event).out)
    assert (ran["status"], list(ran["outcome"]["custom"])) == ("completed", ["keep_until"])


def test_the_ready_made_file_has_the_ids_without_a_published_contract() -> None:
    catalogue = operator_triggers.given(EXAMPLE)
    assert [trigger.id for trigger in catalogue if trigger.is_own] == [
        "login-post-identifier",
        "mcp-tool",
        "password-hash-migration",
        "post-credential-validation",
        "signup-post-identifier",
    ]
    # Of what nobody knows, nothing is made up.
    for trigger_id in ("mcp-tool", "password-hash-migration", "post-credential-validation"):
        trigger = catalogue.get(trigger_id)
        assert (len(trigger.methods), [field.name for field in trigger.event]) == (0, ["secrets"])
