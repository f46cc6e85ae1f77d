import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock.worker import events, simulate, triggers
from interlock.worker.errors import EventRejected

POST_LOGIN = triggers.BUILT_IN.get("post-login")

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda children: st.lists(children, max_size=4) | st.dictionaries(st.text(), children, max_size=4),
    max_leaves=12,
)


def post_login(**changes: object) -> dict[str, Any]:
    """The smallest event that is a login, with changes."""
    event: dict[str, Any] = {
        "client": {"client_id": "c", "name": "App", "metadata": {}},
        "connection": {"id": "con_1", "name": "db", "strategy": "auth0"},
        "request": {"body": {}, "geoip": {}, "ip": "203.0.113.24", "method": "GET", "query": {}},
        "stats": {"logins_count": 1},
        "tenant": {"id": "t"},
        "user": {
            "app_metadata": {},
            "created_at": "2026-01-01T00:00:00.000Z",
            "email_verified": True,
            "identities": [],
            "updated_at": "2026-01-01T00:00:00.000Z",
            "user_id": "auth0|1",
            "user_metadata": {},
        },
    }
    return {**event, **changes}


def rejected(document: object) -> EventRejected:
    with pytest.raises(EventRejected) as raised:
        events.parse(document if isinstance(document, bytes) else json.dumps(document), POST_LOGIN)
    return raised.value


def problems(document: object) -> list[str]:
    return [str(problem) for problem in rejected(document).problems]


def test_an_event_with_only_its_required_fields_is_accepted() -> None:
    accepted = events.parse(json.dumps(post_login()), POST_LOGIN)
    assert accepted == events.Accepted(event=post_login(), lookups=None, secrets={})


def test_fields_that_the_schema_does_not_know_pass() -> None:
    event = post_login(beta={"x": [1, None]})
    event["user"]["shoe_size"] = 44
    assert events.parse(json.dumps(event), POST_LOGIN).event == event


def test_every_problem_is_named_with_its_path() -> None:
    event = post_login(stats={"logins_count": "42"}, agent={"name": "a", "agent_metadata": {}})
    del event["user"]["user_id"]
    event["user"]["identities"] = [{}, "github"]
    event["transaction"] = {"metadata": {}, "acr_values": ["a", 1], "protocol": "telepathy"}
    found = problems(event)
    assert "$.stats.logins_count: must be a number, not a string" in found
    assert "$.agent.agent_id: is missing; it must be a string" in found
    assert "$.user.user_id: is missing; it must be a string" in found
    assert "$.user.identities[1]: must be an object, not a string" in found
    assert "$.transaction.acr_values[1]: must be a string, not a number" in found
    assert any(text.startswith('$.transaction.protocol: must be one of "oidc-basic-profile", ') for text in found)
    assert len(found) == 6


def test_the_message_shows_the_problems_and_no_personal_data() -> None:
    event = post_login()
    event["user"]["email"] = ["ada@example.com"]
    error = rejected(event)
    assert error.code == "event_invalid"
    assert "post-login" in str(error)
    assert "$.user.email: must be a string, not a list" in str(error)
    assert "ada@example.com" not in str(error)


def test_null_for_an_optional_field_is_refused_with_a_hint() -> None:
    assert problems(post_login(organization=None)) == [
        "$.organization: must be an object, not null (leave it out instead)"
    ]


def test_true_is_no_number() -> None:
    assert problems(post_login(stats={"logins_count": True})) == [
        "$.stats.logins_count: must be a number, not a boolean"
    ]


@pytest.mark.parametrize("document", ["[]", '"event"', "null", "7"])
def test_an_event_that_is_no_object_is_refused(document: str) -> None:
    error = rejected(document.encode())
    assert error.code == "event_invalid"
    assert [problem.path for problem in error.problems] == ["$"]


@pytest.mark.parametrize(
    ("document", "says"),
    [
        (b"", "line 1, column 1"),
        (b'{"user": }', "line 1, column 10"),
        (b"{'user': 1}", "line 1, column 2"),
        (b'{"n": NaN}', "NaN"),
        (b'{"n": -Infinity}', "Infinity"),
        (b'{"n": "\xff"}', "UTF-8"),
    ],
)
def test_what_is_not_json_is_refused_with_the_place(document: bytes, says: str) -> None:
    error = rejected(document)
    assert error.code == "event_not_json"
    assert says in error.message


@pytest.mark.parametrize("number", ["1e999", "-1e999", "1" + "0" * 400, "9" * 309, "1" + "0" * 10_000])
@pytest.mark.parametrize("place", ['"n": 0', '"logins_count": 1'])
def test_a_number_that_javascript_cannot_hold_is_refused_wherever_it_stands(number: str, place: str) -> None:
    document = json.dumps(post_login(unknown=[{"n": 0}])).replace(place, f"{place.split(maxsplit=1)[0]} {number}")
    error = rejected(document.encode())
    assert (error.code, error.message) == (
        "event_invalid",
        "The event holds a number that is too large for JavaScript.",
    )


def test_an_accepted_event_shows_nothing_of_itself() -> None:
    accepted = events.parse(json.dumps(post_login(secrets={"KEY": "hunter22"})), POST_LOGIN)
    assert repr(accepted) == "Accepted()"


def test_a_byte_order_mark_is_no_problem() -> None:
    assert events.parse(b"\xef\xbb\xbf" + json.dumps(post_login()).encode(), POST_LOGIN).event == post_login()


def test_an_event_of_exactly_one_mebibyte_passes_and_one_byte_more_is_refused() -> None:
    document = json.dumps(post_login(padding="")).encode()
    padding = b"x" * (events.EVENT_BYTES - len(document))
    fits = document.replace(b'"padding": ""', b'"padding": "' + padding + b'"')
    assert len(fits) == 1024 * 1024
    assert events.parse(fits, POST_LOGIN).event["padding"] == padding.decode()
    assert rejected(fits + b" ").code == "event_too_large"


@pytest.mark.parametrize("depth", [100, 5_000, 100_000])
@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}")])
def test_an_event_that_nests_too_deep_is_refused(depth: int, opening: str, closing: str) -> None:
    deep = opening * depth + "1" + closing * depth
    document = json.dumps(post_login(deep=0)).replace('"deep": 0', f'"deep": {deep}')
    assert rejected(document.encode()).code == "event_too_deep"


def test_deep_nesting_within_the_limit_passes() -> None:
    deep = "[" * (events.EVENT_DEPTH - 1) + "]" * (events.EVENT_DEPTH - 1)
    document = json.dumps(post_login(deep=0)).replace('"deep": 0', f'"deep": {deep}')
    assert "deep" in events.parse(document, POST_LOGIN).event


def test_a_hopeless_event_names_a_few_dozen_problems_not_thousands() -> None:
    event = post_login()
    event["user"]["identities"] = [1] * 5_000
    assert len(problems(event)) == events.PROBLEMS_LISTED


def test_lookups_and_secrets_are_taken_out_of_the_event() -> None:
    lookups = {"groups": [{"id": "grp_1", "name": "staff"}], "roles": []}
    accepted = events.parse(json.dumps(post_login(lookups=lookups, secrets={"KEY": "hunter22"})), POST_LOGIN)
    assert accepted.lookups == lookups
    assert accepted.secrets == {"KEY": "hunter22"}
    assert accepted.event == post_login()


@pytest.mark.parametrize(
    ("extra", "problem"),
    [
        ({"lookups": []}, "$.lookups: must be an object, not a list"),
        ({"lookups": {"users": []}}, '$.lookups.users: is not a lookup; there are "groups" and "roles"'),
        ({"lookups": {"groups": {}}}, "$.lookups.groups: must be a list, not an object"),
        (
            {"lookups": {"roles": ["admin", 7]}},
            "$.lookups.roles[1]: must be a name or an object with id and name, not a number",
        ),
        ({"lookups": {"groups": [{"id": 7}]}}, "$.lookups.groups[0].id: must be a string, not a number"),
        ({"secrets": []}, "$.secrets: must be an object, not a list"),
        ({"secrets": {"PIN": 123456}}, "$.secrets.PIN: must be a string, not a number"),
    ],
)
def test_malformed_lookups_and_secrets_are_problems_of_the_event(extra: dict[str, Any], problem: str) -> None:
    assert problems(post_login(**extra)) == [problem]


def test_credentials_of_the_login_never_reach_the_action() -> None:
    credentials = dict.fromkeys(
        ["auth_session", "authn_response", "client_secret", "client_assertion", "refresh_token"], "hunter22"
    )
    event = post_login()
    event["request"]["query"] = {**credentials, "scope": "openid"}
    event["request"]["body"] = {**credentials, "username": "ada", "nested": [{"client_secret": "hunter22"}]}
    accepted = events.parse(json.dumps(event), POST_LOGIN).event
    assert accepted["request"]["query"] == {"scope": "openid"}  # type: ignore[index, call-overload]
    assert accepted["request"]["body"] == {"username": "ada", "nested": [{}]}  # type: ignore[index, call-overload]


def test_fields_of_those_names_elsewhere_are_the_events_own() -> None:
    event = post_login(refresh_token={"id": "rt_1", "created_at": "2026-01-01T00:00:00.000Z"})
    assert events.parse(json.dumps(event), POST_LOGIN).event == event


@pytest.mark.parametrize("trigger", triggers.BUILT_IN, ids=lambda trigger: trigger.id)
def test_an_event_of_another_trigger_is_refused(trigger: triggers.Trigger) -> None:
    for other in triggers.BUILT_IN:
        if {field.name for field in other.event} != {field.name for field in trigger.event}:
            missing = [
                field
                for field in trigger.event
                if not field.optional and field.type != "secrets" and field.name not in {f.name for f in other.event}
            ]
            assert bool(list(events.check(simulate.simulated_event(other), trigger))) or not missing


@given(json_values)
def test_any_json_is_accepted_or_refused_with_an_event_error(document: Any) -> None:
    with contextlib.suppress(EventRejected):
        accepted = events.parse(json.dumps(document), POST_LOGIN)
        assert not list(events.check(accepted.event, POST_LOGIN))


@given(st.binary(max_size=200))
def test_any_bytes_are_refused_with_an_event_error(document: bytes) -> None:
    with pytest.raises(EventRejected):
        events.parse(document, POST_LOGIN)


@given(st.sampled_from([*triggers.BUILT_IN]), st.data())
def test_taking_one_required_field_away_names_that_field(trigger: triggers.Trigger, data: st.DataObject) -> None:
    event = simulate.simulated_event(trigger)
    place, required = data.draw(st.sampled_from(_required(trigger.event, event, "$")))
    name = place.rpartition(".")[2]
    del required[name]
    assert [problem.path for problem in events.check(event, trigger)] == [place]


def _required(fields: Any, record: dict[str, Any], path: str) -> list[tuple[str, dict[str, Any]]]:
    places = []
    for field in fields:
        if field.type == "secrets":
            continue
        if not field.optional:
            places.append((f"{path}.{field.name}", record))
        if field.fields:
            places += _required(field.fields, record[field.name], f"{path}.{field.name}")
    return places
