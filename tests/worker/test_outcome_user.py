from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock.worker import reducers, triggers
from interlock.worker.commands import Command
from interlock.worker.errors import CommandsRejected

USER = "api.user.setUserMetadata"
APP = "api.user.setAppMetadata"


def reduced(*commands: tuple[Any, ...], trigger: str = "post-login") -> dict[str, Any]:
    built = [Command(method, tuple(arguments)) for method, *arguments in commands]
    return reducers.reduce(reducers.named(triggers.BUILT_IN.get(trigger), built), {})


@pytest.mark.parametrize("trigger", ["post-login", "pre-user-registration", "custom-token-exchange"])
def test_metadata_is_one_merged_write(trigger: str) -> None:
    commands = [(USER, "theme", "dark"), (APP, "tier", "gold"), (USER, "theme", "light"), (USER, "size", {"w": 1})]
    assert reduced(*commands, trigger=trigger) == {
        "user": {"user_metadata": {"theme": "light", "size": {"w": 1}}, "app_metadata": {"tier": "gold"}}
    }


def test_null_is_kept_because_it_tells_to_delete_the_key() -> None:
    assert reduced((USER, "old", 1), (USER, "old", None)) == {"user": {"user_metadata": {"old": None}}}


def test_undefined_leaves_the_key_as_it_was() -> None:
    assert reduced((USER, "old")) == {}
    assert reduced((USER, "old", 1), (USER, "old")) == {"user": {"user_metadata": {"old": 1}}}


def test_a_value_replaces_the_whole_value_before_it() -> None:
    assert reduced((APP, "a", {"x": 1, "y": 2}), (APP, "a", {"x": 3})) == {"user": {"app_metadata": {"a": {"x": 3}}}}


@pytest.mark.parametrize("method", [USER, APP])
def test_more_than_32_kilobytes_are_refused_and_not_cut(method: str) -> None:
    reduced(*((method, f"k{n}", "x" * 8_000) for n in range(4)))
    with pytest.raises(CommandsRejected) as raised:
        reduced(*((method, f"k{n}", "x" * 8_000) for n in range(5)))
    assert raised.value.code == "user_metadata_too_large"


def test_characters_count_as_the_bytes_they_are() -> None:
    reduced((USER, "k", "é" * 16_000))
    with pytest.raises(CommandsRejected):
        reduced((USER, "k", "é" * 17_000))


writes = st.lists(
    st.tuples(st.sampled_from([USER, APP]), st.text("abc", max_size=1), st.none() | st.integers()), max_size=10
)


@given(writes, writes)
def test_writes_of_two_actions_merge_into_the_write_of_both(first: list[Any], second: list[Any]) -> None:
    one, two, both = (reduced(*commands).get("user", {}) for commands in (first, second, [*first, *second]))
    merged = {field: {**one.get(field, {}), **two.get(field, {})} for field in {*one, *two}}
    assert both == merged
