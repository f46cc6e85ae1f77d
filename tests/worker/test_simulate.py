import json
from typing import Any

import pytest

from interlock.worker import events, realistic, simulate, triggers

every_trigger = pytest.mark.parametrize("trigger", triggers.BUILT_IN, ids=lambda trigger: trigger.id)


@every_trigger
def test_a_simulated_event_is_accepted_as_it_is(trigger: triggers.Trigger) -> None:
    event = simulate.simulated_event(trigger)
    accepted = events.parse(json.dumps(event), trigger)
    assert {**accepted.event, "secrets": {}} == event


@every_trigger
def test_a_simulated_event_has_every_field_that_can_come(trigger: triggers.Trigger) -> None:
    assert not _missing(trigger.event, simulate.simulated_event(trigger), "$")


@every_trigger
def test_a_simulated_event_is_the_same_every_time_and_never_shared(trigger: triggers.Trigger) -> None:
    first = simulate.simulated_event(trigger)
    text = json.dumps(first)
    _clear(first)
    assert json.dumps(simulate.simulated_event(trigger)) == text


@every_trigger
def test_a_simulated_event_holds_no_secret_and_no_empty_text(trigger: triggers.Trigger) -> None:
    event = simulate.simulated_event(trigger)
    assert event["secrets"] == {}
    assert "" not in _texts(event)


def test_the_fields_of_one_event_tell_the_same_story() -> None:
    event: Any = simulate.simulated_event(triggers.BUILT_IN.get("post-login"))
    assert event["session"]["user_id"] == event["refresh_token"]["user_id"] == event["user"]["user_id"]
    assert event["refresh_token"]["session_id"] == event["session"]["id"]
    assert event["session"]["device"]["last_ip"] == event["request"]["ip"]
    assert event["user"]["email"].startswith(event["user"]["nickname"])
    assert event["session"]["clients"][0]["client_id"] == event["client"]["client_id"]
    assert event["transaction"]["redirect_uri"] == event["request"]["query"]["redirect_uri"]


def test_a_field_without_a_realistic_value_is_reported_by_name() -> None:
    trigger = triggers.BUILT_IN.get("event-stream")
    with pytest.raises(LookupError, match=r"message\.unheard_of of event-stream"):
        simulate._realistic(trigger, ("message", "unheard_of"))


def test_every_realistic_value_is_used_by_some_trigger() -> None:
    used = {
        address
        for trigger in triggers.BUILT_IN
        for path in _leaves(trigger.event, ())
        for address in [".".join(path[start:]) for start in range(len(path))]
    }
    assert not set(realistic.VALUES) - used


def _missing(fields: Any, record: Any, path: str) -> list[str]:
    missing = []
    for field in fields:
        place = f"{path}.{field.name}"
        if field.name not in record:
            missing.append(place)
        else:
            missing += _missing(field.fields, record[field.name], place)
    return missing


def _leaves(fields: Any, path: tuple[str, ...]) -> list[tuple[str, ...]]:
    leaves: list[tuple[str, ...]] = []
    for field in fields:
        place = (*path, field.name)
        leaves += _leaves(field.fields, place) if field.fields else [place]
    return leaves


def _clear(value: Any) -> None:
    children = list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else []
    for child in children:
        _clear(child)
    if isinstance(value, dict | list):
        value.clear()


def _texts(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [text for item in value.values() for text in _texts(item)]
    if isinstance(value, list):
        return [text for item in value for text in _texts(item)]
    return [value] if isinstance(value, str) else []
