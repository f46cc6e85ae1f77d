"""What cannot be run: each a stable code, a message that says what to do, exit status 2, nothing on standard output."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Call = Callable[..., Any]

ACTION = "exports.onExecutePostLogin = async () => {};"


@pytest.fixture
def refuse(interlock: Call) -> Call:
    """Calls the command twice, for people and for programs, and gives (code, message and hint) of its error."""

    def call(*arguments: object, stdin: bytes = b"") -> tuple[str, str]:
        for_people = interlock(*arguments, stdin=stdin)
        for_programs = interlock(*arguments, "--json", stdin=stdin)
        assert for_people.status == for_programs.status == 2
        assert for_people.out == for_programs.out == ""
        error = json.loads(for_programs.err)["error"]
        assert set(error) <= {"code", "message", "hint"}
        assert for_people.err.startswith(f"error[{error['code']}]: ")
        assert error["message"].splitlines()[0] in for_people.err
        return error["code"], for_people.err

    return call


@pytest.fixture
def action(write: Call) -> Path:
    path: Path = write("action.js", ACTION)
    return path


@pytest.fixture
def event_path(write: Call, event: dict[str, Any]) -> Path:
    path: Path = write("event.json", json.dumps(event))
    return path


def test_an_action_that_does_not_exist(refuse: Call, action: Path, event_path: Path) -> None:
    code, text = refuse("run", action.with_name("acton.js"), "-t", "post-login", "-e", event_path)
    assert code == "file_not_found"
    assert "In that folder there are: action.js." in text


def test_an_event_that_does_not_exist(refuse: Call, action: Path, tmp_path: Path) -> None:
    code, text = refuse("run", action, "-t", "post-login", "-e", tmp_path / "nowhere" / "event.json")
    assert code == "file_not_found"
    assert "nowhere is no folder" in text


def test_a_file_that_is_not_there_is_not_looked_for_among_actions(refuse: Call, tmp_path: Path) -> None:
    code, text = refuse(
        "actions", "create", "tier", tmp_path / "tier.js", "--trigger", "post-login", "--tenant", "acme"
    )
    assert code == "file_not_found"
    assert "actions list" not in text


def test_a_folder_instead_of_a_file(refuse: Call, event_path: Path, tmp_path: Path) -> None:
    assert refuse("run", tmp_path, "-t", "post-login", "-e", event_path)[0] == "file_is_folder"


def test_a_file_below_a_file(refuse: Call, action: Path, event_path: Path) -> None:
    assert refuse("run", action / "x.js", "-t", "post-login", "-e", event_path)[0] == "file_unreadable"


def test_code_that_is_not_utf_8(refuse: Call, write: Call, event_path: Path) -> None:
    code, text = refuse("run", write("latin.js", b"// one\n// \xe9t\xe9"), "-t", "post-login", "-e", event_path)
    assert code == "file_not_text"
    assert "line 2" in text


def test_code_beyond_all_bounds_is_not_even_read(refuse: Call, write: Call, event_path: Path) -> None:
    huge = write("huge.js", b"/" * (16 * 1024 * 1024 + 1))
    assert refuse("run", huge, "-t", "post-login", "-e", event_path)[0] == "file_too_large"


@pytest.mark.parametrize(
    ("document", "refusal"),
    [
        (b'{\n  "user": }', ("event_not_json", "line 2, column 11")),
        (b"", ("event_not_json", "line 1, column 1")),
        (b'{"a": NaN}', ("event_not_json", "NaN")),
        (b'{"stats": {"logins_count": 1' + b"0" * 400 + b"}}", ("event_invalid", "too large for JavaScript")),
        (b"\xff\xfe{", ("event_not_json", "UTF-8")),
        (b"[]", ("event_invalid", "must be a JSON object")),
        (b'"text"', ("event_invalid", "not a string")),
        (b"{}", ("event_invalid", "$.user: is missing")),
        (b"[" * 300 + b"]" * 300, ("event_invalid", "object")),
        (b'{"user": ' + b'{"a":' * 200 + b"1" + b"}" * 201, ("event_too_deep", "100")),
        (b'{"a": "' + b"x" * 1024 * 1024 + b'"}', ("event_too_large", "1 MiB")),
        (b" " * (16 * 1024 * 1024 + 1), ("event_too_large", "16 MiB")),
    ],
    ids=lambda value: repr(value[:20]) if isinstance(value, bytes) else "",
)
def test_an_event_that_is_none(
    refuse: Call, write: Call, action: Path, document: bytes, refusal: tuple[str, str]
) -> None:
    from_file = refuse("run", action, "-t", "post-login", "-e", write("bad.json", document))
    from_standard_input = refuse("run", action, "-t", "post-login", "-e", "-", stdin=document)
    code, said = refusal
    assert from_file[0] == from_standard_input[0] == code
    assert said in from_file[1]


def test_an_event_of_another_shape_names_every_place_and_never_a_value(
    refuse: Call, write: Call, action: Path, event: dict[str, Any]
) -> None:
    event["user"]["email"] = 981273
    event["stats"] = {}
    code, text = refuse("run", action, "-t", "post-login", "-e", write("bad.json", json.dumps(event)))
    assert code == "event_invalid"
    assert "$.user.email: must be a string, not a number" in text
    assert "$.stats.logins_count: is missing" in text
    assert "981273" not in text
    assert "hint: `interlock event post-login` prints a complete event." in text


@pytest.mark.parametrize(
    ("given", "hint"),
    [
        ("post-logn", "Did you mean post-login?"),
        ("Post-Login", "Did you mean post-login?"),
        ("onExecutePreUserRegistration", "Did you mean pre-user-registration?"),
        ("something else", "`interlock triggers` says"),
    ],
)
def test_an_unknown_trigger(refuse: Call, action: Path, event_path: Path, given: str, hint: str) -> None:
    code, text = refuse("run", action, "-t", given, "-e", event_path)
    assert code == "unknown_trigger"
    assert hint in text


def test_more_actions_than_a_trigger_takes(interlock: Call, refuse: Call, write: Call) -> None:
    source = "exports.onExecuteCustomEmailProvider = async () => {};"
    paths = [write("one.js", source), write("two.js", source)]
    event = write("event.json", interlock("event", "custom-email-provider").out)
    assert refuse("run", *paths, "-t", "custom-email-provider", "-e", event)[0] == "too_many_actions"


def test_continuing_where_nothing_suspends(refuse: Call, action: Path, event_path: Path) -> None:
    code, text = refuse("run", action, "-t", "event-stream", "-e", event_path, "--continue", event_path)
    assert code == "no_resume_handler"
    assert "Leave --continue out." in text


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (["hunter22"], "secret_syntax"),
        (["=hunter22"], "secret_syntax"),
        (["1KEY=hunter22"], "secret_syntax"),
        (["hunter22 KEY=hunter22"], "secret_syntax"),
        (["A" * 129 + "=hunter22"], "secret_syntax"),
        (["KEY=hunter22" + "x" * 4089], "secret_syntax"),
        (["KEY=hunter22", "KEY=hunter23"], "secret_repeated"),
        ([f"KEY{number}=hunter22" for number in range(31)], "too_many_secrets"),
    ],
    ids=lambda value: value[0][:24] if isinstance(value, list) else value,
)
def test_a_wrong_secret_is_refused_without_being_shown(
    refuse: Call, action: Path, event_path: Path, options: list[str], code: str
) -> None:
    given = [part for option in options for part in ("--secret", option)]
    refused, text = refuse("run", action, "-t", "post-login", "-e", event_path, *given)
    assert refused == code
    assert "hunter2" not in text


def test_the_hint_about_secrets_stays_readable(refuse: Call, action: Path, event_path: Path) -> None:
    _, text = refuse("run", action, "-t", "post-login", "-e", event_path, "--secret", "NAME")
    assert "Write --secret NAME=VALUE; the action reads it as event.secrets.NAME." in text


def test_as_many_secrets_as_long_as_can_be(interlock: Call, action: Path, event_path: Path) -> None:
    names = ["A" * 128, *(f"_{number}" for number in range(29))]
    given = [part for name in names for part in ("--secret", f"{name}={'x' * 4096}")]
    assert interlock("run", action, "-t", "post-login", "-e", event_path, *given).status == 0


def test_wrong_secrets_in_the_event_file(refuse: Call, write: Call, action: Path, event: dict[str, Any]) -> None:
    event["secrets"] = {"not a name": "hunter22"}
    code, text = refuse("run", action, "-t", "post-login", "-e", write("bad.json", json.dumps(event)))
    assert code == "secret_syntax"
    assert "hunter22" not in text


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["runn"], "Did you mean 'run'?"),
        (["--bogus"], "--bogus"),
        (["run"], "ACTION.js"),
        (["run", "a.js"], "--trigger"),
        (["run", "a.js", "--trigger"], "--trigger"),
        (["run", "a.js", "--trigger", "post-login", "--event", "e.json", "--secrt", "A=b"], "--secret"),
        (["event"], "TRIGGER"),
        (["triggers", "post-login"], "post-login"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else value,
)
def test_a_command_line_that_is_none(interlock: Call, arguments: list[str], said: str) -> None:
    finished = interlock(*arguments)
    assert (finished.status, finished.out) == (2, "")
    assert finished.err.startswith("error[usage]: ")
    assert said in finished.err
    assert "--help` says what there is." in finished.err


def test_programs_get_a_wrong_command_line_as_json(interlock: Call) -> None:
    finished = interlock("run", "a.js", "--json")
    assert (finished.status, finished.out) == (2, "")
    assert json.loads(finished.err)["error"]["code"] == "usage"


@pytest.mark.parametrize(
    "option",
    [["--secret", "KEY=hunter22"], ["--secret=KEY=hunter22"], ["-s", "KEY=hunter22"], ["-sKEY=hunter22"]],
    ids=" ".join,
)
def test_a_secret_in_the_wrong_place_is_masked(interlock: Call, action: Path, option: list[str]) -> None:
    finished = interlock("run", action, "-t", "post-login", *option, "--event", "/nowhere/hunter22")
    assert finished.status == 2
    assert "hunter22" not in finished.err
    assert "***" in finished.err
