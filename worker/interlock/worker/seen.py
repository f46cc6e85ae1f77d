"""What the actions of an execution, and their modules, see of secrets: as a run, a mask and a log need it."""

from collections.abc import Mapping

from interlock.worker.modules import PREFIX
from interlock.worker.ports import ResolvedSecrets

Seen = Mapping[str, ResolvedSecrets]
"""By the action's name."""


def module_secrets(seen: Seen) -> dict[str, dict[str, Mapping[str, str]]]:
    """Return the secrets of each module, by the name of the action and its own."""
    return {
        action: {module: own.values for module, own in resolved.modules.items()} for action, resolved in seen.items()
    }


def values_of_modules(seen: Seen) -> list[str]:
    """Return all secrets of modules: they are hidden as those of actions are."""
    return [value for each in seen.values() for own in each.modules.values() for value in own.values.values()]


def numbers(seen: Seen) -> dict[str, dict[str, int]]:
    """Return the numbers of the values that each action saw, and each module, as `actions:NAME`."""
    own = {action: dict(resolved.numbers) for action, resolved in seen.items()}
    modules: dict[str, dict[str, int]] = {}
    for resolved in seen.values():
        for name, each in resolved.modules.items():
            modules.setdefault(f"{PREFIX}{name}", {}).update(each.numbers)
    return {**modules, **own}
