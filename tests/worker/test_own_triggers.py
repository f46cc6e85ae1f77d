"""What an operator's file may say of triggers, what of it is refused and where, and what its methods come to."""

import contextlib
import copy
import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock.worker import events, own_triggers, preludes, reducers, simulated_event
from interlock.worker.commands import Command
from interlock.worker.errors import CommandsRejected, TriggerChanged, TriggersRejected
from interlock.worker.triggers import BUILT_IN, Catalogue
from interlock.worker.triggers.declarations import declarations

Change = Callable[[dict[str, Any]], object]


def method(name: str, effect: str, into: str | None = None, *params: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    keyed = {} if into is None else {"into": into}
    return {"name": name, "effect": effect, **keyed, "params": [*params], **more}


TEXT: Mapping[str, Any] = {"name": "text", "type": "string"}
ANY: Mapping[str, Any] = {"name": "value", "type": "unknown"}
WHOLE: dict[str, Any] = {
    "triggers": {
        "account-closing": {
            "versions": {"v1": "current"},
            "handlers": ["onExecuteAccountClosing", "onContinueAccountClosing"],
            "blocking": True,
            "suspends": ["redirect"],
            "event": {
                "uses": {"post-login": ["request", "user"]},
                "fields": [
                    {"name": "why", "type": "string", "enum": ["asked", "unused"]},
                    {"name": "orders", "type": "array of objects", "fields": [{"name": "id", "type": "string"}]},
                ],
            },
            "api": {
                "uses": {"post-login": ["api.redirect.*", "api.idToken.setCustomClaim"]},
                "methods": [
                    method("api.closing.refuse", "deny", None, {"name": "reason", "type": "string"}),
                    method("api.closing.keep", "set", "keep", {**TEXT, "optional": True}),
                    method("api.closing.mark", "set", "mark"),
                    method("api.closing.tell", "append", "told", TEXT, {**ANY, "optional": True}),
                    method("api.closing.tag", "append", "tags", TEXT, due_when_suspended=True),
                    method("api.archive.set", "metadata", "archive", TEXT, ANY, stays_when_denied=True),
                ],
            },
        }
    }
}


def changed(change: Change) -> dict[str, Any]:
    data = copy.deepcopy(WHOLE)
    change(data["triggers"]["account-closing"])
    return data


def outcome(*calls: tuple[Any, ...], ending: Any = None, settled: int = 0) -> dict[str, Any]:
    trigger = own_triggers.catalogue(WHOLE).get("account-closing")
    named = reducers.named(trigger, [Command(name, tuple(args)) for name, *args in calls])
    return reducers.reduce(named, {}, ending, settled=settled)


def test_a_trigger_has_what_its_file_says_and_what_it_uses_of_documented_ones() -> None:
    catalogue = own_triggers.catalogue(WHOLE)
    trigger = catalogue.get("account-closing")
    assert (len(catalogue), trigger.is_own, trigger.version) == (12, True, "v1")
    assert [field.name for field in trigger.event] == ["request", "user", "why", "orders", "secrets"]
    assert [name for name in trigger.methods if name.startswith("api.redirect.")] == [
        name for name in BUILT_IN.get("post-login").methods if name.startswith("api.redirect.")
    ]
    assert events.check(simulated_event(trigger), trigger) == []
    # What post-login forbids an action to claim is forbidden where its method is used.
    assert trigger.methods["api.idToken.setCustomClaim"].rules["key"].forbidden.keys() == {"account-closing"}


@pytest.mark.parametrize(
    ("change", "place", "says"),
    [
        (lambda t: t.update(handler="x"), "handler", "there is no such thing here"),
        (lambda t: t.pop("blocking"), "blocking", "field required"),
        (lambda t: t.update(blockng=t.pop("blocking")), "blockng", "there is no such thing here"),
        (lambda t: t.update(handlers=["executeIt"]), "handlers.0", "a handler is called onExecute..."),
        (lambda t: t.update(handlers=["onContinueA", "onContinueB"]), "handlers", "begins with onExecute"),
        (lambda t: t.update(handlers=["onExecuteA", "onExecuteB"]), "handlers", "begins with onContinue"),
        (lambda t: t.update(handlers=["onExecuteA"]), "handlers", "goes on in a second handler"),
        (lambda t: t.update(handlers=["onExecutePostLogin", "onContinueA"]), "handlers", "a handler of post-login"),
        (lambda t: t.update(versions={"v1": "deprecated"}), "versions", 'one version is "current"'),
        (lambda t: t.update(versions={"1": "current"}), "versions.1", "a version is called v1"),
        (lambda t: t.update(suspends=[]), "suspends", 'add "redirect" to suspends'),
        (lambda t: t.update(suspends=["redirect", "prompt"]), "suspends", "suspends a flow by prompt"),
        (lambda t: t.update(blocking=False), "blocking", "nobody waits for a background trigger"),
        (lambda t: t["event"]["uses"].update({"post-logon": []}), "event.uses", "no documented trigger 'post-logon'"),
        (lambda t: t["event"]["uses"].update({"post-login": ["user"]}), "event", "has the member request"),
        (lambda t: t["event"]["uses"]["post-login"].append("use"), "event.uses.post-login", "no member 'use'"),
        (lambda t: t["event"]["uses"].update({"event-stream": ["message"], "x": []}), "event.uses", "'x'"),
        (lambda t: t["event"]["fields"].append({"name": "user", "type": "string"}), "event.fields.2", "twice"),
        (
            lambda t: t["event"]["fields"].append({"name": "secrets", "type": "dictionary"}),
            "event.fields.2",
            "leave it",
        ),
        (lambda t: t["event"]["fields"][0].update(type="text"), "event.fields.0.type", "'string'"),
        (
            lambda t: t["event"]["fields"][0].update(example="never"),
            "event.fields",
            "the example of why must be one of",
        ),
        (lambda t: t["event"]["fields"][0].update(type="object"), "event.fields.0", "enum is for text"),
        (lambda t: t["event"]["fields"].append({"name": "a", "type": "object"}), "event.fields.2", "dictionary"),
        (lambda t: t["api"]["uses"].update({"post-login": ["api.user.setRoles"]}), "api.uses.post-login", "no method"),
        (
            lambda t: t["api"]["uses"].update({"post-login": ["api.authentication.*", "api.redirect.*"]}),
            "api.uses.post-login",
            "api.authentication.recordMethod cannot be used",
        ),
        (
            lambda t: t["api"]["uses"].update({"pre-user-registration": ["api.access.deny"], "post-login": ["api.*"]}),
            "api.uses.post-login",
            "cannot be used",
        ),
        (lambda t: t["api"]["methods"][0].update(name="api.access.deny"), "api.methods.0.name", "take it from"),
        (lambda t: t["api"]["methods"][0].update(name="closing.refuse"), "api.methods.0.name", "api.GROUP.NAME"),
        (lambda t: t["api"]["methods"][0].update(name="api.closing.then"), "api.methods.0.name", "every object has"),
        (lambda t: t["api"]["methods"][0]["params"][0].update(name="default"), "api.methods.0.params.0.name", "a word"),
        (lambda t: t["api"]["methods"][0].update(into="x"), "api.methods.0.into", "into is left out"),
        (lambda t: t["api"]["methods"][1].pop("into"), "api.methods.1.into", "into names its key"),
        (lambda t: t["api"]["methods"][1].update(effect="put"), "api.methods.1.effect", "'append'"),
        (lambda t: t["api"]["methods"][2].update(name="api.closing.keep"), "api.methods.2", "is there twice"),
        (lambda t: t["api"]["methods"][2].update(effect="append"), "api.methods.2.params", "is a parameter"),
        (lambda t: t["api"]["methods"][3].update(into="keep"), "api.methods.3.effect", "choose another into"),
        (lambda t: t["api"]["methods"][3]["params"].reverse(), "api.methods.3.params", "come last"),
        (lambda t: t["api"]["methods"][5]["params"].pop(), "api.methods.5.params", "a key, which is text"),
        (lambda t: t["api"]["methods"][3]["params"][0].update(max=3), "api.methods.3.params.0", "max says nothing"),
        (
            lambda t: t["api"]["methods"][0]["params"].append({"name": "colour", "type": "string"}),
            "api.methods.0.params",
            "a denial has the parameters",
        ),
    ],
)
def test_what_cannot_be_is_refused_with_its_place(change: Change, place: str, says: str) -> None:
    with pytest.raises(TriggersRejected) as refused:
        own_triggers.catalogue(changed(change))
    assert ".".join(map(str, refused.value.place)) == f"triggers.account-closing.{place}"
    assert says in refused.value.message


@pytest.mark.parametrize(
    ("trigger_id", "says"),
    [
        ("post-login", "a documented trigger"),
        ("common", "reserved"),
        ("Closing", "small letters"),
        ("a--b", "small letters"),
        ("post-login\n", "small letters"),
    ],
)
def test_an_id_is_written_in_one_way_and_free(trigger_id: str, says: str) -> None:
    given_so = {"triggers": {trigger_id: {"handlers": ["onExecuteIt"], "blocking": True}}}
    with pytest.raises(TriggersRejected, match=says):
        own_triggers.catalogue(given_so)


def test_so_many_methods_that_every_run_would_pay_for_them_are_refused() -> None:
    def data(count: int) -> dict[str, Any]:
        methods = [method(f"api.closing.m{number}", "set", "mark") for number in range(count)]
        return {"triggers": {"closing": {"handlers": ["onExecuteA"], "blocking": True, "api": {"methods": methods}}}}

    assert len(own_triggers.catalogue(data(400)).get("closing").methods) == 400
    with pytest.raises(TriggersRejected, match="more than 400 methods"):
        own_triggers.catalogue(data(401))


def test_two_of_a_file_do_not_share_a_handler() -> None:
    one = {"handlers": ["onExecuteIt"], "blocking": True}
    with pytest.raises(TriggersRejected, match="a handler of first"):
        own_triggers.catalogue({"triggers": {"second": one, "first": one}})


def test_two_triggers_do_not_share_the_names_of_their_types() -> None:
    triggers = {name: {"handlers": [f"onExecute{key}"], "blocking": True} for name, key in (("a-1", "A"), ("a1", "B"))}
    with pytest.raises(TriggersRejected, match="called as those of a-1"):
        own_triggers.catalogue({"triggers": triggers})


_words = st.sampled_from(["triggers", "a-b", "handlers", "onExecuteIt", "blocking", "api", "methods", "event", "uses"])
_anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | _words | st.dates(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_words | st.text(max_size=5), inner, max_size=3),
    max_leaves=10,
)


@given(st.dictionaries(_words, _anything, max_size=3), _anything, _anything)
def test_whatever_a_file_holds_it_is_a_catalogue_or_refused(data: dict[str, Any], event: Any, api: Any) -> None:
    trigger = {"handlers": ["onExecuteIt"], "blocking": True, "event": event, "api": api}
    for document in (data, {"triggers": {"a-b": trigger}}):
        with contextlib.suppress(TriggersRejected):
            assert len(own_triggers.catalogue(document)) >= len(BUILT_IN)


def test_what_is_set_last_counts_and_can_be_taken_back() -> None:
    assert outcome(("api.closing.keep", "a"), ("api.closing.keep", "b"))["custom"] == {"keep": "b"}
    assert outcome(("api.closing.keep", "a"), ("api.closing.keep",)) == {}
    assert outcome(("api.closing.mark",))["custom"] == {"mark": True}


def test_what_is_appended_is_all_there_in_order() -> None:
    calls = [("api.closing.tell", "a", 1), ("api.closing.tell", "b")]
    assert outcome(*calls)["custom"] == {"told": [{"text": "a", "value": 1}, {"text": "b"}]}


def test_metadata_has_the_last_value_of_each_key_and_null_deletes_one() -> None:
    calls = [("api.archive.set", "a", 1), ("api.archive.set", "b", 2), ("api.archive.set", "a", None)]
    assert outcome(*calls, ("api.archive.set", "c"))["custom"] == {"archive": {"a": None, "b": 2}}


def test_the_first_refusal_counts_whoever_made_the_method_up() -> None:
    trigger = own_triggers.catalogue(WHOLE).get("account-closing")
    named = reducers.named(trigger, [Command("api.closing.refuse", ("first",)), Command("api.closing.refuse", ("b",))])
    assert reducers.ending(named) == "denied"
    assert reducers.reduce(named, {}, "denied") == {"denied": {"method": "api.closing.refuse", "reason": "first"}}


def test_a_denial_keeps_what_the_file_says_stays_and_a_suspension_what_is_due() -> None:
    calls = [("api.closing.tag", "t"), ("api.closing.keep", "k"), ("api.archive.set", "a", 1)]
    assert outcome(*calls, ending="denied")["custom"] == {"archive": {"a": 1}}
    assert outcome(*calls, ("api.redirect.sendUserTo", "https://a.test"), ending="suspended")["custom"] == {
        "tags": ["t"]
    }
    # What was due when the flow was suspended is not due again.
    assert outcome(*calls, settled=3)["custom"] == {"keep": "k", "archive": {"a": 1}}


def test_more_than_100_kb_under_one_key_is_refused() -> None:
    with pytest.raises(CommandsRejected, match="as archive, more than 102400") as refused:
        outcome(*[("api.archive.set", f"k{number}", "x" * 1_000) for number in range(110)], ending="suspended")
    assert refused.value.code == "custom_too_large"


def test_a_flow_that_used_a_method_which_is_gone_does_not_go_on() -> None:
    trigger = own_triggers.catalogue(WHOLE).get("account-closing")
    with pytest.raises(TriggerChanged, match=r"used api\.closing\.gone"):
        reducers.named(trigger, [Command("api.closing.gone", ())])


def test_the_digest_is_that_of_what_is_said_and_not_of_how() -> None:
    assert BUILT_IN.digest == own_triggers.catalogue({}).digest == ""
    digest = own_triggers.catalogue(WHOLE).digest
    turned = {"triggers": {name: dict(reversed(each.items())) for name, each in WHOLE["triggers"].items()}}
    assert own_triggers.catalogue(turned).digest == digest
    assert own_triggers.catalogue(changed(lambda t: t["event"]["fields"].pop())).digest != digest


def test_the_prelude_changes_with_methods_and_not_with_events() -> None:
    def data(catalogue: Catalogue) -> str:
        return preludes(catalogue)[1].source

    own = data(own_triggers.catalogue(WHOLE))
    assert own != data(BUILT_IN)
    assert own == data(own_triggers.catalogue(changed(lambda t: t["event"]["fields"].pop())))
    assert own != data(own_triggers.catalogue(changed(lambda t: t["api"]["methods"].pop())))


def test_a_bound_of_zero_reaches_the_recorder() -> None:
    def bounded(trigger: dict[str, Any]) -> None:
        trigger["api"]["methods"][1]["params"] = [{"name": "time", "type": "number", "min": 0, "max": 0}]

    source = preludes(own_triggers.catalogue(changed(bounded)))[1].source
    assert json.dumps('"rule":{"max":0,"min":0}')[1:-1] in source


def test_the_declarations_have_the_operators_triggers() -> None:
    files = declarations("1.2.3", own_triggers.catalogue(WHOLE))
    text = files["account-closing.d.ts"]
    assert "export * from './account-closing.js';" in files["index.d.ts"]
    assert "export type OnContinueAccountClosing = (event: AccountClosingEvent, api: AccountClosingAPI)" in text
    assert "    tell(text: string, value?: unknown): void;" in text
    assert "  why: 'asked' | 'unused';" in text
