"""Tables of locales and time zones: one file, read in pieces, for names that the guest chose."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock.sandbox.compute import localizing, registry
from interlock.sandbox.compute.caps import CAPS
from interlock.sandbox.compute.requests import Request
from interlock.sandbox.errors import OperationFailed


def asked(function: str, /, **options: Any) -> Any:
    result = registry.run(registry.find(function), Request(options))
    return json.loads(result.data[0]) if result.data else result.value


@pytest.mark.parametrize(
    ("tag", "found"),
    [
        ("de-AT", "de-AT"),
        ("de-Latn-XX", "de"),
        ("zh-TW", "zh-TW"),
        ("en", "en"),
        ("xx", None),
        ("", None),
        ("-", None),
        ("root", None),
    ],
)
def test_the_longest_beginning_that_is_a_locale_is_found(tag: str, found: str | None) -> None:
    assert asked("intl.match", tag=tag) == found


def test_a_table_has_what_its_parents_have() -> None:
    german, austrian = (asked("intl.table", kind="dates", locale=locale) for locale in ("de", "de-AT"))
    assert german["months"]["format"]["wide"][0] == "Januar"
    assert austrian["months"]["format"]["wide"][:2] == ["Jänner", "Februar"]
    assert austrian["days"] == german["days"]


def test_every_kind_is_there_for_every_locale() -> None:
    index = localizing._index()
    assert {"dates", "numbers", "names", "zones", "plurals"} <= index.kinds.keys()
    assert len(index.locales) > 700
    assert all(len(pieces) == len(index.kinds) for pieces in index.locales.values())


def test_a_time_zone_is_found_by_any_of_its_names() -> None:
    assert asked("intl.zone", name="us/eastern")["name"] == "America/New_York"
    assert asked("intl.zone", name="europe/berlin")["offsets"]
    assert asked("intl.zone", name="europe/nowhere") is None


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("intl.table", {"kind": "dates", "locale": "xx"}),
        ("intl.table", {"kind": "x", "locale": "de"}),
        ("intl.table", {"kind": "dates"}),
        ("intl.table", {"kind": "dates", "locale": "de", "more": 1}),
        ("intl.match", {"tag": 5}),
        ("intl.match", {"tag": "a" * 300}),
        ("intl.zone", {}),
        ("intl.shared", {"name": "x"}),
    ],
)
def test_what_is_not_there_is_refused(name: str, options: dict[str, Any]) -> None:
    with pytest.raises(OperationFailed) as refused:
        registry.run(registry.find(name), Request(options))
    assert refused.value.reason == "bad_request"


@given(st.text(max_size=256))
def test_whatever_a_guest_asks_for_is_answered(name: str) -> None:
    tag = asked("intl.match", tag=name)
    assert tag is None or name.startswith(tag)
    assert asked("intl.zone", name=name) is None or name.isascii()


def test_tables_are_small_enough_for_what_is_kept_of_them() -> None:
    largest = max(len(localizing._piece(number)) for number in range(0, len(localizing._index().pieces), 7))
    assert largest < 64 << 10
    assert localizing._piece.cache_info().maxsize == CAPS.locale_tables
