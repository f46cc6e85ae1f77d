"""The catalogue is the published surface, unchanged, and everything that is said about it is about something."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from interlock.worker import triggers
from interlock.worker.errors import UnknownTrigger
from interlock.worker.triggers import Field, Method

SURFACE_SHA256 = "bbd4fdd270ee40eb795605666e592c260824cd24b9a690ac9805836fd71a170c"
"""Of the surface the data was taken from: as compact JSON with sorted keys, the methods of a trigger sorted by name."""


def test_the_catalogue_says_exactly_what_the_published_surface_says() -> None:
    surface = {trigger.id: trigger_data(trigger) for trigger in triggers.BUILT_IN}
    text = json.dumps(surface, sort_keys=True, separators=(",", ":"))
    assert hashlib.sha256(text.encode()).hexdigest() == SURFACE_SHA256


def test_there_are_11_triggers_with_128_methods_of_80_names_and_853_event_fields() -> None:
    names = [name for trigger in triggers.BUILT_IN for name in trigger.methods]
    events = [field for trigger in triggers.BUILT_IN for field in walk(trigger.event)]
    assert (len(triggers.BUILT_IN), len(names), len(set(names)), len(events)) == (11, 128, 80, 853)


def test_an_unknown_trigger_is_refused_with_the_list_of_those_that_exist() -> None:
    with pytest.raises(
        UnknownTrigger, match=r"no trigger 'post-logon'; there are: credentials-exchange, .*post-login"
    ) as caught:
        triggers.BUILT_IN.get("post-logon")
    assert caught.value.code == "unknown_trigger"
    assert caught.value.hint == "Did you mean post-login?"
    with pytest.raises(UnknownTrigger) as caught:
        triggers.BUILT_IN.get("something else" * 9_999)
    assert not caught.value.hint


def test_no_two_triggers_share_a_handler() -> None:
    handlers = [handler for trigger in triggers.BUILT_IN for handler in trigger.handlers]
    assert len(handlers) == len(set(handlers))


def test_overloads_differ_in_their_choices_only() -> None:
    """The recorder and the host take the choices of all overloads together, which is right only then."""
    for _, method in pairs():
        for overload in method.overloads:
            assert [plain(param) for param in overload] == [plain(param) for param in method.params]


def test_no_method_takes_more_arguments_than_the_recorder_hands_to_a_behaviour() -> None:
    assert max(len(method.params) for _, method in pairs()) == 3


def test_optional_parameters_come_last() -> None:
    """So that leaving one out never leaves a hole in the arguments."""
    for _, method in pairs():
        optional = [param.optional or param.type == "unknown" for param in method.params]
        assert optional == sorted(optional), method.name


def test_every_rule_is_about_a_parameter_that_exists() -> None:
    for _, method in pairs():
        known = set(paths(method.params))
        assert set(method.rules) <= known, method.name


def test_every_counter_is_about_methods_of_its_trigger() -> None:
    for trigger in triggers.BUILT_IN:
        for counter in trigger.counters:
            assert not counter.methods.isdisjoint(trigger.methods)


def test_setup_mentions_what_the_source_mentions() -> None:
    setup = triggers.BUILT_IN.get("post-login").setup(
        "exports.onExecutePostLogin = (e, api) => api.user.setUserMetadata('a', 1)"
    )
    assert setup == {"trigger": "post-login", "mentioned": ["setUserMetadata", "user"]}


def trigger_data(trigger: triggers.Trigger) -> dict[str, Any]:
    bound = {} if trigger.max_bound is None else {"max_bound": trigger.max_bound}
    return {
        "version": trigger.version,
        "handlers": list(trigger.handlers),
        "blocking": trigger.blocking,
        "suspends": list(trigger.suspends),
        **bound,
        "api": [method_data(trigger.methods[name]) for name in sorted(trigger.methods)],
        "event": [field_data(field) for field in trigger.event],
    }


def method_data(method: Method) -> dict[str, Any]:
    overloads = [
        {"signature": method.signature, "params": list(map(field_data, params))} for params in method.overloads
    ]
    return {
        "method": method.name,
        "signature": method.signature,
        "returns": method.returns,
        "params": [field_data(param) for param in method.params],
        **({"overloads": overloads} if overloads else {}),
    }


def field_data(field: Field) -> dict[str, Any]:
    optional = {
        "optional": field.optional,
        "enum": list(field.enum),
        "fields": [field_data(inner) for inner in field.fields],
    }
    return {"name": field.name, "type": field.type, **{key: value for key, value in optional.items() if value}}


def plain(field: Field) -> tuple[str, str, bool]:
    return field.name, field.type, field.optional


def pairs() -> Iterator[tuple[triggers.Trigger, Method]]:
    return ((trigger, method) for trigger in triggers.BUILT_IN for method in trigger.methods.values())


def walk(fields: Sequence[Field]) -> Iterator[Field]:
    for field in fields:
        yield field
        yield from walk(field.fields)


def paths(fields: Sequence[Field], above: str = "") -> Iterator[str]:
    for field in fields:
        yield above + field.name
        yield from paths(field.fields, f"{above}{field.name}.")
