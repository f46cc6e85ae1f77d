"""Names, numbers and sizes that an export has and Interlock refuses or treats otherwise."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from interlock.executor import names
from interlock.executor.auth0_files import Action, Exported, Place, Secret, Unhandled
from interlock.executor.auth0_files.keywords import left_in_code
from interlock.executor.errors import Invalid
from interlock.executor.migration import findings
from interlock.executor.migration.findings import Finding
from interlock.executor.migration.reading import Reading
from interlock.executor.migration.target import Target
from interlock.executor.names import ACTION, MODULE
from interlock.executor.packages import dependencies
from interlock.executor.service import policies
from interlock.secrets import SecretsError, check_name
from interlock.worker.modules import required

_PRESENT: Final = "node22"
_RUNTIMES: Final = {"node12": 12, "node14": 14, "node16": 16, "node18": 18, "node18-actions": 18, _PRESENT: 22}
_RULES: Final = frozenset({"rules", "rulesConfigs", "rules-configs", "rules_configs", "hooks"})
_BINDS: Final = frozenset({"token-exchange-profiles", "tokenExchangeProfiles", "event-streams", "eventStreams"})
_SLASH: Final = re.compile(r"[/\\]")


def usable_name(name: str) -> str:
    """Return what an action is called here: a name with a slash cannot be."""
    return _SLASH.sub("-", name)


def check(reading: Reading, secrets: Sequence[Secret]) -> Iterator[Finding]:
    """Give what of an action's or a module's description is refused or differs."""
    code = reading.code
    yield from _name(reading)
    yield from _size(reading)
    if isinstance(code, Action):
        yield from _of_action(reading, code)
    most = reading.target.most("dependencies")
    if len(code.dependencies) > most:
        yield _amount(reading, len(code.dependencies), "packages", most, "dependencies", code.dependencies[most].place)
    for each in code.dependencies:
        try:
            dependencies.check([dependencies.Dependency(each.name, each.version)])
        except Invalid as refused:
            yield reading.of(
                findings.FAILS, refused.code, _sentence(refused.message), _sentence(refused.hint), each.place
            )
        if each.registry_url:
            yield reading.of(
                findings.DIFFERS,
                "registry_not_used",
                f"{each.name} comes from a registry of its own.",
                "Packages come from the registry that the operator has set (docs/BUILDS.md).",
                each.place,
            )
    yield from _secrets(reading, secrets)
    for name, line in left_in_code(code.code):
        yield reading.of(
            findings.DIFFERS,
            "keyword_in_code",
            f"##{name}## stands in the code, and nothing replaces it.",
            "Give --mappings FILE with its value, if the deploy tool replaced it.",
            Place(code.file or code.place.file, line),
        )


def check_export(exported: Exported, known: Mapping[str, object], target: Target) -> Iterator[Finding]:
    """Give what is about no action: what is not handled, what is bound to what is not there, and too much of it."""
    yield from _unhandled(exported.unhandled)
    for each in exported.unknown:
        yield Finding(
            findings.NOTE,
            "key_unknown",
            f"The key {each.key} is not known, and is left out.",
            "Look at it.",
            each.place,
        )
    for kind, found in (("actions", exported.actions), ("modules", exported.modules)):
        most = target.most(kind)
        if len(found) > most:
            yield _too_many(f"The export has {len(found)} {kind}", kind, target, found[most].place)
    names = {action.name for action in exported.actions}
    for trigger in exported.triggers:
        most = target.most("bound")
        if len(trigger.bound) > most:
            said = f"{trigger.id} runs {len(trigger.bound)} actions"
            yield _too_many(said, "bound", target, trigger.bound[most].place)
        if trigger.bound and trigger.id.partition("/")[0] not in known:
            yield Finding(
                findings.FAILS,
                "trigger_unknown",
                f"There is no trigger {trigger.id}: what is bound to it is left out.",
                "`interlock triggers` lists those there are.",
                trigger.place,
            )
        for bound in trigger.bound:
            if bound.action not in names:
                yield Finding(
                    findings.NOTE,
                    "bound_not_exported",
                    f"{trigger.id} runs {bound.action}, which is not in the export.",
                    "It has to be in the tenant already, deployed; else export `actions` as well.",
                    bound.place,
                )


def _of_action(reading: Reading, action: Action) -> Iterator[Finding]:
    if len(action.triggers) > 1:
        yield reading.of(
            findings.DIFFERS,
            "several_triggers",
            f"It supports {len(action.triggers)} triggers. An action here is for one: {action.triggers[0].id}.",
            "Make another action of the same code for each further trigger.",
        )
    supported = action.triggers[0]
    if reading.trigger is None:
        yield reading.of(
            findings.FAILS,
            "trigger_unknown",
            f"There is no trigger {supported.id}: the action is left out.",
            "`interlock triggers` lists those there are.",
        )
    elif supported.version not in {None, reading.trigger.version}:
        yield reading.of(
            findings.DIFFERS,
            "trigger_version",
            f"It was written for {supported.id} {supported.version}; here that is {reading.trigger.version}.",
            "Its event and api are those of the newer version: test it with `interlock run`.",
        )
    yield from _runtime(reading, action)
    named = {each.name: each for each in action.modules}
    asked = required(action.code)
    most = reading.target.most("modules_per_action")
    if len(asked) > most:
        yield _amount(reading, len(asked), "modules", most, "modules_per_action", action.place)
    for name, reference in named.items():
        newest = reading.modules.get(name)
        there = reading.target.versions.get(name, frozenset())
        if reference.number is not None and newest is not None and newest > reference.number not in there:
            yield reading.of(
                findings.DIFFERS,
                "module_version",
                f"It has version {reference.number} of the module {name}, and gets the newest, {newest}.",
                "Look at what changed in the module since, or put the old code into a module of another name: "
                "the export holds the newest alone, and numbers count what was deployed here.",
                reference.place,
            )
        if name not in asked:
            yield reading.of(
                findings.NOTE,
                "module_not_required",
                f"It names the module {name}, and its code does not require it.",
                "What is in an action is what its code requires; nothing has to be done.",
                reference.place,
            )


def _runtime(reading: Reading, action: Action) -> Iterator[Finding]:
    if action.runtime in {None, _PRESENT}:
        return
    number = _RUNTIMES.get(action.runtime or "")
    advice = "Test it with `interlock run`, above all what its packages do."
    if number is None:
        message = f"The runtime {action.runtime} is not known; here everything runs as {_PRESENT}."
    else:
        message = f"It ran in Node {number}, and runs as {_PRESENT} here."
    severity = findings.NOTE if number in {16, 18} else findings.DIFFERS
    yield reading.of(severity, "runtime", message, advice)


def _name(reading: Reading) -> Iterator[Finding]:
    code = reading.code
    kind = ACTION if isinstance(code, Action) else MODULE
    name = usable_name(code.name) if kind == ACTION else code.name
    if name != code.name:
        yield reading.of(
            findings.NOTE,
            "renamed",
            f"Its name holds a slash: it is called {name} here.",
            "Where its name stands in a program of yours, change it.",
        )
    try:
        names.check_called(name, kind)
    except Invalid as refused:
        yield reading.of(
            findings.FAILS, refused.code, _sentence(refused.message), "Give it another name in the export."
        )


def _size(reading: Reading) -> Iterator[Finding]:
    size = len(reading.code.code.encode("utf-8", "replace"))
    most = reading.target.most("code_bytes")
    if size > most:
        yield reading.of(
            findings.FAILS,
            "code_too_large",
            f"The code has {size:,} bytes; at most {most:,} are possible.",
            "Move a part of it into a module or a package.",
            Place(reading.code.file or reading.code.place.file),
        )


def _secrets(reading: Reading, secrets: Sequence[Secret]) -> Iterator[Finding]:
    limits = policies.of_secrets(reading.target.granted or {})
    if len(secrets) > limits.per_action:
        most = limits.per_action
        yield _amount(reading, len(secrets), "secrets", most, "secrets_per_action", secrets[most].place)
    for each in secrets:
        try:
            check_name(each.name, limits)
        except SecretsError as refused:
            message = f"The secret {each.name[: limits.name_characters]} cannot be called so: {refused.message}"
            yield reading.of(
                findings.FAILS,
                "secret_name",
                message,
                "Give it another name, in the export and in the code.",
                each.place,
            )
        if each.value is not None and len(each.value) > limits.value_characters:
            yield reading.of(
                findings.FAILS,
                "secret_too_long",
                f"The value of {each.name} has more than {limits.value_characters:,} characters.",
                "Split it over two secrets.",
                each.place,
            )


def _amount(  # noqa: PLR0913, PLR0917 - what there is too much of
    reading: Reading, count: int, what: str, most: int, limit: str, place: Place
) -> Finding:
    return reading.of(
        findings.FAILS,
        f"{limit}_limit",
        f"It has {count} {what}; a tenant may have {most} for an action{reading.target.by_default}.",
        f"The operator can grant more: the tenant's limit {limit}.",
        place,
    )


def _too_many(said: str, limit: str, target: Target, place: Place) -> Finding:
    return Finding(
        findings.FAILS,
        f"{limit}_limit",
        f"{said}; {target.most(limit)} are possible{target.by_default}.",
        f"The operator can grant more: the tenant's limit {limit}.",
        place,
    )


def _unhandled(others: Sequence[Unhandled]) -> Iterator[Finding]:
    rest = [each for each in others if each.kind not in _RULES | _BINDS]
    for each in others:
        if each.kind in _RULES:
            yield Finding(
                findings.DIFFERS,
                "rules_and_hooks",
                f"The export has {each.kind} ({each.count}), which Auth0 has ended and Interlock does not run.",
                "Write each that is in use anew as an action.",
                each.place,
            )
        elif each.kind in _BINDS:
            yield Finding(
                findings.NOTE,
                "entity_not_bound",
                f"{each.kind} ({each.count}) name the actions that they run, and are not read.",
                "Bind each: `interlock actions bind TRIGGER ACTION --entity NAME`.",
                each.place,
            )
    if rest:
        listed = ", ".join(f"{each.kind} ({each.count})" for each in rest)
        yield Finding(
            findings.NOTE,
            "not_handled",
            f"Left where they are: {listed}.",
            "They belong to the identity provider: Interlock has actions, modules, triggers and their secrets.",
            rest[0].place,
        )


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}." if text and not text.endswith(".") else text
