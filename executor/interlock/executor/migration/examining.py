"""The report: every action and module of an export, looked at without being run."""

from collections.abc import Iterator, Mapping

from interlock.executor.auth0_files import Action, Exported, Place, Secret
from interlock.executor.migration import amounts, findings, interfaces, module_state, node_modules, reading
from interlock.executor.migration.findings import Finding
from interlock.executor.migration.reading import Reading
from interlock.executor.migration.target import Target
from interlock.worker.triggers import Trigger

Triggers = Mapping[str, Trigger]
"""The triggers there are, by id."""


def examine(exported: Exported, triggers: Triggers, target: Target | None = None) -> list[Finding]:
    """Return all findings about an export, which is for this tenant. It never fails, whatever the code in it is, and
    runs none of it.
    """
    target = target or Target()
    found = list(amounts.check_export(exported, triggers, target))
    newest = {module.name: module.latest for module in exported.modules}
    for module in exported.modules:
        found += _all(reading.read(module, target), module.secrets)
    for action in exported.actions:
        secrets = secrets_of(action, exported)
        names = frozenset(each.name for each in secrets) if secrets else None
        trigger = triggers.get(action.triggers[0].id)
        found += _all(reading.read(action, target, trigger, names, newest), secrets)
        found += _undeployed(action, exported)
    return findings.ordered(found)


def secrets_of(action: Action, exported: Exported) -> tuple[Secret, ...]:
    """Return the secrets that an action has, with those of its bindings: here they are the action's own."""
    found = {each.name: each for each in action.secrets}
    for trigger in exported.triggers:
        for bound in trigger.bound:
            if bound.action == action.name:
                found |= {each.name: each for each in bound.secrets if each.value is not None or each.name not in found}
    return tuple(found.values())


def _all(read: Reading, secrets: tuple[Secret, ...]) -> Iterator[Finding]:
    yield from amounts.check(read, secrets)
    yield from interfaces.check(read)
    yield from node_modules.check(read)
    yield from module_state.check(read)
    if not read.source.is_whole:
        return
    broken = next((node for node in read.source.nodes if node.type == "ERROR" or node.is_missing), None)
    if broken is not None:
        yield read.at(
            broken,
            findings.NOTE,
            "not_understood",
            "What stands here could not be read as JavaScript, and was not looked at.",
            "If it is a mistake, the build says which: `--build` tries it now.",
        )


def _undeployed(action: Action, exported: Exported) -> Iterator[Finding]:
    if action.deployed:
        return
    bound = [trigger.id for trigger in exported.triggers if any(each.action == action.name for each in trigger.bound)]
    place = Place(action.place.file, action.place.line)
    if bound:
        yield Finding(
            findings.DIFFERS,
            "draft_bound",
            f"{bound[0]} runs it, and the export holds a draft of it that was never deployed, not what runs.",
            "It is deployed as the export has it. Deploy it at Auth0 and export again, if that is not meant.",
            *(place, None, "action", action.name),
        )
    else:
        yield Finding(
            findings.NOTE,
            "draft",
            "It is a draft that was not deployed, and stays one.",
            f"`interlock actions deploy '{action.name}'` deploys it.",
            *(place, None, "action", action.name),
        )
