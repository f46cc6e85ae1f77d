"""`interlock event` and `interlock triggers`, and what stands before a command."""

import json
from collections.abc import Callable
from importlib import metadata
from typing import Any

import pytest

from interlock.worker import triggers

Call = Callable[..., Any]

IDS = [trigger.id for trigger in triggers.BUILT_IN]


@pytest.mark.parametrize("trigger", triggers.BUILT_IN, ids=lambda trigger: trigger.id)
def test_the_event_of_each_trigger_can_be_run_as_it_is(interlock: Call, write: Call, trigger: triggers.Trigger) -> None:
    event = interlock("event", trigger.id)
    assert event.status == 0
    source = f"exports.{trigger.handlers[0]} = async (event) => console.log(Object.keys(event).join());"
    path = write("event.json", event.out)
    finished = interlock("run", write("action.js", source), "-t", trigger.id, "-e", path, "--json")
    assert (finished.status, finished.json["status"]) == (0, "completed")
    added = {"secrets"} if trigger.blocking else {"secrets", "execution"}
    assert set(finished.json["actions"][0]["logs"][0]["message"].split(",")) == {*event.json, *added}
    assert interlock("run", write("action.js", source), "-t", trigger.id, "-e", path).status == 0


def test_the_event_of_an_unknown_trigger_is_refused(interlock: Call) -> None:
    finished = interlock("event", "post_login")
    assert (finished.status, finished.out) == (2, "")
    assert "error[unknown_trigger]" in finished.err
    assert "Did you mean post-login?" in finished.err


def test_triggers_lists_all_eleven(interlock: Call) -> None:
    finished = interlock("triggers")
    assert finished.status == 0
    assert [line.split()[0] for line in finished.out.splitlines()[1:]] == IDS
    assert len(IDS) == 11


def test_triggers_as_json_say_what_each_is(interlock: Call) -> None:
    listed = {trigger["id"]: trigger for trigger in interlock("triggers", "--json").json}
    assert [*listed] == IDS
    assert listed["post-login"]["handlers"] == ["onExecutePostLogin", "onContinuePostLogin"]
    assert listed["post-login"]["blocking"] is True
    assert sum(len(trigger["methods"]) for trigger in listed.values()) == 128


def test_the_version_is_the_installed_one(interlock: Call) -> None:
    finished = interlock("--version")
    assert (finished.status, finished.out) == (0, f"interlock {metadata.version('interlock')}\n")


@pytest.mark.parametrize("arguments", [[], ["--help"], ["-h"]], ids=["nothing", "--help", "-h"])
def test_help_names_every_command(interlock: Call, arguments: list[str]) -> None:
    finished = interlock(*arguments)
    assert finished.status == 0
    assert all(name in finished.out for name in ("run", "event", "triggers", "--version"))


def test_help_of_run_names_every_option(interlock: Call) -> None:
    finished = interlock("run", "--help")
    assert finished.status == 0
    assert all(name in finished.out for name in ("--trigger", "--event", "--secret", "--json", "--continue"))
    assert "NAME=VALUE" in finished.out


def test_an_event_is_indented_for_people_to_edit(interlock: Call) -> None:
    out = interlock("event", "post-login").out
    assert out == json.dumps(json.loads(out), indent=2, ensure_ascii=False) + "\n"
