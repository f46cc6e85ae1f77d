"""One declared trigger as a trigger: what it uses of documented ones, what it adds, and whether that fits together."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any, Final

from pydantic import JsonValue

from interlock.worker import simulate
from interlock.worker.errors import TriggersRejected
from interlock.worker.own_triggers import declared
from interlock.worker.reducers.endings import WAITS_FOR
from interlock.worker.triggers import BUILT_IN, Counter, Effect, Field, Method, Rule, Trigger, Version

_Place = tuple[str | int, ...]

NOT_SHARED: Final[Mapping[str, str]] = MappingProxyType(
    {"api.authentication.recordMethod": "it works in onContinuePostLogin alone"}
)
"""Methods that no other trigger can use, and why."""
NOT_MEMBERS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "secrets": "every event has it: leave it out",
        "lookups": "it stands beside an event, for api.groups and api.roles",
        "execution": "Interlock adds it to the events of background triggers",
    }
)
_DENIES_WITH: Final = ("code", "reason", "userMessage")
_EXAMPLES: Final[Mapping[str, JsonValue]] = MappingProxyType(
    {
        "string": "text",
        "number": 1,
        "boolean": True,
        "object": {},
        "dictionary": {},
        "array of string": ["text"],
        "array of objects": [{}],
    }
)


def trigger(trigger_id: str, given: declared.Trigger) -> Trigger:
    """Return the trigger. Raises `TriggersRejected`."""
    place: _Place = ("triggers", trigger_id)
    methods, counters = _methods(trigger_id, given.api, (*place, "api"))
    made = Trigger(
        id=trigger_id,
        versions=_versions(given.versions, (*place, "versions")),
        handlers=tuple(given.handlers),
        blocking=given.blocking,
        suspends=tuple(given.suspends),
        max_bound=given.max_bound,
        methods=MappingProxyType(methods),
        counters=counters,
        event=_event(given.event, (*place, "event")),
        is_own=True,
        description=given.description,
    )
    _check_suspending(made, place)
    _check_handlers(made, (*place, "handlers"))
    return made


def _versions(given: Mapping[str, Any], place: _Place) -> tuple[Version, ...]:
    if [*given.values()].count("current") != 1:
        raise TriggersRejected('one version is "current", and the others are "deprecated"', place)
    return tuple(Version(each, status) for each, status in given.items())


def _check_suspending(made: Trigger, place: _Place) -> None:
    by_kind: dict[str, str] = {}
    for name in made.methods:
        if name in WAITS_FOR:
            by_kind.setdefault(WAITS_FOR[name], name)
    if by_kind and not made.blocking:
        name = next(iter(by_kind.values()))
        raise TriggersRejected(
            f"nobody waits for a background trigger, so {name} cannot suspend it: leave that out, or make it blocking",
            (*place, "blocking"),
        )
    for kind, name in by_kind.items():
        if kind not in made.suspends:
            raise TriggersRejected(f'{name} suspends a flow: add "{kind}" to suspends', (*place, "suspends"))
    for kind in made.suspends:
        if kind not in by_kind:
            raise TriggersRejected(f"no method of its api suspends a flow by {kind}", (*place, "suspends"))
    if made.suspends and not any(field.name == "request" for field in made.event):
        message = "an event that resumes a flow has a new request: a trigger that suspends has the member request"
        raise TriggersRejected(message, (*place, "event"))


def _check_handlers(made: Trigger, place: _Place) -> None:
    first, *others = made.handlers
    if not first.startswith("onExecute"):
        raise TriggersRejected("the first handler begins with onExecute", place)
    if others and not others[0].startswith("onContinue"):
        raise TriggersRejected("the second handler begins with onContinue", place)
    continues = not {"redirect", "prompt"}.isdisjoint(made.suspends)
    if continues and not others:
        raise TriggersRejected("a flow that a redirect or a prompt suspends goes on in a second handler", place)
    if others and not continues:
        raise TriggersRejected("a second handler is for flows that a redirect or a prompt suspends", place)


# -- the api ----------------------------------------------------------------------------------------------------------


def _methods(trigger_id: str, given: declared.Api, place: _Place) -> tuple[dict[str, Method], tuple[Counter, ...]]:
    found: dict[str, Method] = {}
    counters: dict[Counter, None] = {}
    for source, method, where in _used(given.uses, (*place, "uses")):
        if method.name in found:
            raise TriggersRejected(f"{method.name} is taken from two triggers: leave one of them out", where)
        found[method.name] = _shared(method, source.id, trigger_id)
        counters |= dict.fromkeys(counter for counter in source.counters if method.name in counter.methods)
    for number, own in enumerate(given.methods):
        where = (*place, "methods", number)
        if own.name in found:
            raise TriggersRejected(f"{own.name} is there twice", where)
        found[own.name] = _own(own, where)
    _check_shared_keys(given.methods, (*place, "methods"))
    return found, tuple(counters)


def _used(uses: Mapping[str, Sequence[str]], place: _Place) -> Iterator[tuple[Trigger, Method, _Place]]:
    for source_id, names in uses.items():
        source = _documented(source_id, place)
        for name in names:
            where = (*place, source_id)
            matching = [
                method
                for method in source.methods.values()
                if method.name == name or (name.endswith(".*") and method.name.startswith(name[:-1]))
            ]
            if not matching:
                known = ", ".join(source.methods)
                raise TriggersRejected(f"{source_id} has no method {name!r}; it has {known}", where)
            for method in matching:
                why = NOT_SHARED.get(method.name)
                if why is not None:
                    raise TriggersRejected(f"{method.name} cannot be used: {why}", where)
                yield source, method, where


def _shared(method: Method, source_id: str, trigger_id: str) -> Method:
    """Return a method of another trigger: what is forbidden there is forbidden here."""
    rules = {
        path: replace(rule, forbidden={trigger_id: rule.forbidden[source_id]}) if source_id in rule.forbidden else rule
        for path, rule in method.rules.items()
    }
    return replace(method, rules=MappingProxyType(rules))


def _own(given: declared.Method, place: _Place) -> Method:
    source = next((each.id for each in BUILT_IN if given.name in each.methods), None)
    if source is not None:
        said = f"{given.name} is a documented method: take it from {source} with uses, or choose another name"
        raise TriggersRejected(said, (*place, "name"))
    _check_params(given, (*place, "params"))
    if (given.into is None) == (given.effect != "deny"):
        what = "into is left out" if given.effect == "deny" else "into names its key in the outcome's custom"
        raise TriggersRejected(f"with the effect {given.effect}, {what}", (*place, "into"))
    if given.effect == "deny" and (given.stays_when_denied or given.due_when_suspended):
        raise TriggersRejected("a denial is always in the outcome, at once: leave these out", place)
    return Method(
        name=given.name,
        returns="api" if given.chainable else "undefined",
        params=tuple(map(_parameter, given.params)),
        overloads=(),
        rules=MappingProxyType(dict(_rules(given.params))),
        effect=Effect(
            given.effect, given.into or "", len(given.params), given.stays_when_denied, given.due_when_suspended
        ),
    )


def _check_params(given: declared.Method, place: _Place) -> None:
    names = [each.name for each in given.params]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise TriggersRejected(f"{twice} is there twice", place)
    # What is unknown may be left out, whatever is said of it, as in documented methods.
    may_be_left_out = [each.optional or each.type == "unknown" for each in given.params]
    if may_be_left_out != sorted(may_be_left_out):
        raise TriggersRejected("optional parameters come last", place)
    if given.effect == "deny" and any(name not in _DENIES_WITH for name in names):
        raise TriggersRejected(f"a denial has the parameters {', '.join(_DENIES_WITH)}, or some of them", place)
    if given.effect == "deny" and any(each.type != "string" or each.nullable for each in given.params):
        raise TriggersRejected("what a denial says is text", place)
    if given.effect == "metadata" and (len(names) != 2 or not _is_key(given.params[0])):
        raise TriggersRejected("metadata has two parameters: a key, which is text, and its value", place)
    if given.effect == "append" and not names:
        raise TriggersRejected("what is appended is a parameter", place)


def _is_key(given: declared.Parameter) -> bool:
    return given.type == "string" and not given.optional and not given.nullable


def _check_shared_keys(given: Sequence[declared.Method], place: _Place) -> None:
    """Check that methods with the same key mean the same by it: what one sets another does not append to."""
    first: dict[str, declared.Method] = {}
    for number, method in enumerate(given):
        if method.into is None:
            continue
        other = first.setdefault(method.into, method)
        same = ("effect", "stays_when_denied", "due_when_suspended")
        differs = next((name for name in same if getattr(other, name) != getattr(method, name)), None)
        if differs is not None:
            said = f"{other.name} has the same into and another {differs}: choose another into"
            raise TriggersRejected(said, (*place, number, differs))


def _parameter(given: declared.Parameter) -> Field:
    return Field(
        name=given.name,
        type=given.type,
        optional=given.optional,
        enum=tuple(given.enum or ()),
        fields=tuple(map(_parameter, given.fields)),
    )


def _rules(params: Sequence[declared.Parameter], above: str = "") -> Iterator[tuple[str, Rule]]:
    for each in params:
        path = above + each.name
        said = each.model_dump(exclude={"name", "type", "optional", "enum", "fields"}, exclude_defaults=True)
        if said:
            yield path, Rule(**said)
        yield from _rules(each.fields, f"{path}.")


# -- the event --------------------------------------------------------------------------------------------------------


def _event(given: declared.Event, place: _Place) -> tuple[Field, ...]:
    found: dict[str, Field] = {}
    for source_id, names in given.uses.items():
        where = (*place, "uses", source_id)
        source = _documented(source_id, (*place, "uses"))
        members = {field.name: field for field in source.event if field.type != "secrets"}
        for name in names:
            if name not in members:
                raise TriggersRejected(f"{source_id} has no member {name!r}; it has {', '.join(members)}", where)
            if name in found:
                raise TriggersRejected(f"{name} is taken from two triggers: leave one of them out", where)
            found[name] = replace(members[name], example=simulate.simulated_event(source)[name])
    for number, own in enumerate(given.fields):
        where = (*place, "fields", number)
        if own.name in NOT_MEMBERS:
            raise TriggersRejected(f"{own.name} cannot be declared: {NOT_MEMBERS[own.name]}", where)
        if own.name in found:
            raise TriggersRejected(f"{own.name} is there twice", where)
        found[own.name] = _member(own, where, 1)
    return (*found.values(), Field("secrets", "secrets"))


def _member(given: declared.Member, place: _Place, depth: int) -> Field:
    if depth > declared.DEEPEST:
        raise TriggersRejected(f"members stand in each other more than {declared.DEEPEST} levels deep", place)
    fields = tuple(_member(each, place, depth + 1) for each in given.fields)
    example: Any = given.example
    if fields:
        inside = {field.name: field.example for field in fields}
        example = [inside] if given.type == "array of objects" else inside
    elif example is None:
        example = given.enum[0] if given.enum else _EXAMPLES[given.type]
    return Field(given.name, given.type, given.optional, tuple(given.enum or ()), fields, example)


def _documented(trigger_id: str, place: _Place) -> Trigger:
    if trigger_id not in BUILT_IN:
        known = ", ".join(each.id for each in BUILT_IN)
        raise TriggersRejected(f"there is no documented trigger {trigger_id!r}; there are: {known}", place)
    return BUILT_IN.get(trigger_id)
