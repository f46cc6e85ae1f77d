"""`interlock test`: cases, what they compare, and how a failure is told."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock.executor.local import case_files
from interlock.executor.local.case_files import merged
from interlock.executor.local.matching import ABSENT, differences, in_order, wrong_rule

Call = Callable[..., Any]
ME = "POST https://api.example.com/v1/me"
CODE = """\
exports.onExecutePostLogin = async (event, api) => {
  console.log('asks', event.secrets.KEY);
  const answer = await fetch('https://api.example.com/v1/me?page=1', {
    method: 'POST',
    headers: { authorization: `Bearer ${event.secrets.KEY}`, 'content-type': 'application/json' },
    body: JSON.stringify({ id: event.user.user_id }),
  });
  const me = await answer.json();
  if (me.tier === 'boom') throw new Error('boom');
  api.idToken.setCustomClaim('https://e.com/tier', me.tier);
  if (me.tier === 'asks') api.redirect.sendUserTo('https://consent.example.com');
};
exports.onContinuePostLogin = async (event, api) => {
  api.idToken.setCustomClaim('https://e.com/back', event.request.query.ok);
};
"""
RELEASE = (
    '[actions.tier]\ntrigger = "post-login"\n[triggers.post-login]\nactions = ["tier"]\nlimits = { wall_ms = 4000 }\n'
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abc", max_size=2), inner, max_size=3),
)


@pytest.fixture
def tested(interlock: Call, tmp_path: Path, event: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> Call:
    """Runs these cases on the action above, in a project's folder."""
    (tmp_path / "actions" / "tier").mkdir(parents=True)
    (tmp_path / "actions" / "tier" / "action.js").write_text(CODE)
    (tmp_path / "interlock.toml").write_text(RELEASE)
    (tmp_path / "cases").mkdir()
    (tmp_path / "login.json").write_text(json.dumps(event))
    monkeypatch.chdir(tmp_path)

    def test(*cases: dict[str, Any], options: tuple[str, ...] = ("--json",), **shared: Any) -> Any:
        whole = {"trigger": "post-login", "event": "../login.json", "secrets": {"KEY": "hush-hush"}, **shared}
        (tmp_path / "cases" / "tier.json").write_text(json.dumps({**whole, "cases": cases}, indent=1))
        return interlock("test", *options)

    return test


def answering(tier: str) -> dict[str, Any]:
    return {ME: {"json": {"tier": tier}}}


def test_cases_pass_when_all_that_they_expect_came(tested: Call) -> None:
    sent = {"request": f"{ME}?page=1", "headers": {"authorization": "Bearer ***"}, "json": {"id": {"$any": True}}}
    finished = tested(
        {
            "name": "a part of what came",
            "answers": answering("pro"),
            "expected": {
                "status": "completed",
                "outcome": {"id_token": {"claims": {"https://e.com/tier": {"$matches": "^pr"}}}},
                "commands": ["api.idToken.setCustomClaim"],
                "logs_exactly": ["asks ***"],
                "requests_exactly": [sent],
            },
        },
        {
            "name": "a user comes back",
            "answers": answering("asks"),
            "expected": {"status": "suspended"},
            "continue": [
                {
                    "change": {"request": {"query": {"ok": "yes"}}},
                    "expected": {
                        "status": "completed",
                        "outcome": {"id_token": {"claims": {"https://e.com/back": "yes"}}},
                    },
                }
            ],
        },
        {"name": "it fails", "answers": {ME: {"fails": "connect_timeout"}}, "expected": {"error": "action_error"}},
        {
            "name": "another one at the second time",
            "answers": {ME: [{"status": 307, "headers": {"location": "/v1/me?again"}}, {"json": {"tier": "later"}}]},
            "expected": {"outcome": {"id_token": {"claims": {"https://e.com/tier": "later"}}}},
        },
        {
            "name": "a long answer comes whole",
            "answers": answering("x" * 90_000),
            "expected": {"commands": [{"args": {"$contains": ["x" * 90_000]}}]},
        },
    )
    assert (finished.status, finished.json["failed"]) == (0, 0), finished.out


ASKING = """\
const https = require('https');
const { connect } = require('net');
const asked = (method, path, body) => new Promise((resolve, reject) => {
  const agent = new https.Agent({ keepAlive: true });
  const request = https.request(`https://api.example.com${path}`, { method, agent }, (answer) => {
    let text = '';
    answer.on('data', (piece) => (text += piece)).on('end', () => resolve(`${answer.statusCode} ${text.length}`));
  });
  request.on('error', (error) => resolve(error.code));
  request.end(body);
});
exports.onExecutePostLogin = async (event, api) => {
  for (const [method, path, body] of event.asks) console.log(await asked(method, path, body));
  if (event.speaks) {
    const socket = connect(event.speaks, 'other.example.com');
    await new Promise((resolve) => socket.on('error', resolve).on('close', resolve).write('\\0\\0hello\\r\\n\\r\\n'));
  }
};
"""


def test_what_is_built_on_nodes_http_is_answered_too(tested: Call, tmp_path: Path) -> None:
    (tmp_path / "actions" / "tier" / "action.js").write_text(ASKING)
    here = "https://api.example.com"
    finished = tested(
        {
            "name": "one after the other",
            "change": {
                "asks": [["PUT", "/a?b=1", "body"], ["HEAD", "/a", ""], ["GET", "/gone", ""], ["GET", "/no", ""]]
            },
            "answers": {
                f"PUT {here}/a": {"text": "x" * 150_000},
                f"HEAD {here}/a": {"json": {"not": "sent"}},
                f"GET {here}/gone": {"status": 204},
                f"GET {here}/no": {"fails": "connect_refused"},
            },
            "expected": {
                "logs_exactly": ["200 150000", "200 0", "204 0", "ECONNREFUSED"],
                "requests": [{"request": f"PUT {here}/a?b=1", "text": "body"}, f"HEAD {here}/a"],
            },
        },
        {"name": "not recorded", "change": {"asks": [["GET", "/x", ""]]}, "expected": {}},
        {"name": "another port", "change": {"asks": [], "speaks": 5432}, "expected": {}},
        {"name": "another protocol", "change": {"asks": [], "speaks": 443}, "expected": {}},
    )
    unanswered = [case["unanswered"] for case in finished.json["cases"]]
    others = [f"connection to other.example.com:{port}" for port in (5432, 443)]
    assert unanswered == [[], [f"GET {here}/x"], [others[0]], [others[1]]], finished.out
    assert [case["differences"] for case in finished.json["cases"]] == [[], [], [], []]


def test_what_differs_is_told_with_its_place(tested: Call) -> None:
    finished = tested(
        {
            "name": "wrong",
            "answers": answering("pro"),
            "expected": {
                "status": "denied",
                "outcome": {"id_token": {"claims": {"https://e.com/tier": "free"}}, "x": 1},
                "commands_exactly": [],
                "logs": ["nope"],
            },
        },
        {"name": "not recorded", "expected": {"status": "failed"}},
        {"name": "fails unexpectedly", "answers": answering("boom"), "expected": {}},
        {"name": "is not suspended", "answers": answering("a"), "expected": {}, "continue": [{"expected": {}}]},
        options=(),
    )
    assert finished.status == 1
    said = finished.out
    for line in (
        "FAILED  wrong  cases/tier.json:8",
        '  status\n    expected  "denied"\n    got       "completed"',
        '  outcome.id_token.claims[\'https://e.com/tier\']\n    expected  "free"\n    got       "pro"',
        "  outcome.x\n    expected  1\n    got       nothing",
        "  commands_exactly[0]  nothing was expected here",
        '  logs[0]  none of what came is it\n    expected  "nope"\n    got       "asks ***"',
        f"  no answer to: {ME}?page=1",
        f'record it in the case: "answers": {{"{ME}?page=1": {{"status": 200, "json": {{}}}}}}',
        "  status  that it fails was not expected",
        "    9 |   if (me.tier === 'boom') throw new Error('boom');",
        "  continue[0].status  the flow was completed before, so nothing could go on with it",
        "4 failed, 0 passed",
    ):
        assert line in said, said
    assert "hush-hush" not in said
    assert "\x1b" not in said


def test_a_filter_chooses_by_name_or_file(tested: Call) -> None:
    cases = [{"name": name, "answers": answering("a"), "expected": {}} for name in ("One", "Two")]
    assert [case["name"] for case in tested(*cases, options=("--json", "--filter", "tWo")).json["cases"]] == ["Two"]
    none = tested(*cases, options=("--filter", "three"))
    assert (none.status, "None of the 2 cases" in none.err) == (2, True)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"expected": {"outcome": {"a": {"$matchs": "x"}}}}, "there is no rule $matchs"),
        ({"expected": {"logs": [{"$matches": "("}]}}, "$matches is a regular expression"),
        ({"expcted": {}}, "there is no such thing here"),
        ({"answers": {"https://api.example.com": {}}}, 'a request is "METHOD URL"'),
        ({"event": "../nothing.json"}, "There is no file"),
        ({"actions": ["other"]}, "there is no action 'other' in it"),
        ({"trigger": "post-logn"}, "binds no action to post-logn"),
        ({"name": ""}, "at least 1 character"),
    ],
)
def test_a_case_that_cannot_be_meant_is_refused_with_its_line(tested: Call, changed: dict[str, Any], said: str) -> None:
    finished = tested({"name": "one", "expected": {}, **changed})
    assert finished.status == 2
    assert "error" in json.loads(finished.err)
    message = json.loads(finished.err)["error"]["message"]
    assert said in message
    assert message.startswith("cases/tier.json:8:")


def test_a_key_that_is_there_twice_and_what_is_no_json_are_refused(tested: Call, tmp_path: Path) -> None:
    for text, said in (
        ('{"a": 1, "a": 2}', "'a' is there twice"),
        ("{\n", "cases/tier.json:2"),
        ("[" * 99_999, "deep"),
    ):
        (tmp_path / "cases" / "tier.json").write_text(text)
        with pytest.raises(Exception, match=r"tier\.json") as raised:
            case_files.read(Path("cases/tier.json"))
        assert said in str(raised.value)


@given(JSON)
def test_everything_matches_itself_exactly_and_in_part(value: Any) -> None:
    assert [*differences(value, value, "x")] == []
    assert [*differences({"$exactly": value}, value, "x")] == []
    assert [*differences(value, ABSENT, "x")] != []
    assert wrong_rule(value) == ""


@given(st.dictionaries(st.text("abc", min_size=1), JSON, min_size=1), st.text("xyz", min_size=1), JSON)
def test_an_object_may_have_more_than_was_expected_but_not_exactly(some: dict[str, Any], key: str, more: Any) -> None:
    assert [*differences(some, {**some, key: more}, "x")] == []
    assert [*differences({"$exactly": some}, {**some, key: more}, "x")] != []


@given(st.lists(st.integers(), max_size=6), st.data())
def test_some_of_a_list_are_met_in_order(whole: list[Any], data: st.DataObject) -> None:
    kept = data.draw(st.lists(st.booleans(), min_size=len(whole), max_size=len(whole)))
    some = [one for one, keep in zip(whole, kept, strict=True) if keep]
    assert [*in_order(some, whole, "x")] == []
    assert [*in_order([*some, "other"], whole, "x")] != []


def test_what_came_in_another_order_is_told_as_that() -> None:
    [found] = in_order(["b", "a"], ["a", "b"], "logs")
    assert (found.place, "earlier" in found.note) == ("logs[1]", True)


def test_a_truth_is_no_number_and_a_rule_is_about_what_is_absent() -> None:
    assert [*differences(1, True, "x")] != []
    assert [*differences(1, 1.0, "x")] == []
    assert [*differences({"a": {"$absent": True}}, {}, "x")] == []
    assert [*differences({"a": {"$absent": True}}, {"a": None}, "x")] != []


@given(st.dictionaries(st.text("ab", max_size=2), JSON), st.dictionaries(st.text("ab", max_size=2), JSON))
def test_a_change_is_a_merge_patch(target: dict[str, Any], change: dict[str, Any]) -> None:
    made = merged(target, change)
    assert made == merged(made, change)  # done twice, it is done
    assert made.keys() == (target.keys() | change.keys()) - {key for key, value in change.items() if value is None}


def test_the_cases_of_the_page_are_cases(tmp_path: Path, event: dict[str, Any]) -> None:
    page = (Path(__file__).parents[2] / "docs" / "DEVELOPING.md").read_text()
    shown = re.findall(r"```json\n(.*?)```", page, re.DOTALL)
    (tmp_path / "events").mkdir()
    (tmp_path / "events" / "post-login.json").write_text(json.dumps(event))
    (tmp_path / "cases").mkdir()
    read = []
    for number, text in enumerate(shown):
        (tmp_path / "cases" / f"{number}.json").write_text(text)
        read += case_files.read(tmp_path / "cases" / f"{number}.json")
    assert [len(case.legs) for case in read] == [1, 1, 1, 2]
    for model in (case_files.Answer, case_files.Expected):
        for name, field in model.model_fields.items():
            assert f"`{field.alias or name}`" in page
