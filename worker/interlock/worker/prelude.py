"""The worker's part of the guest: the `api` recorder (worker/guest) and the catalogue it records by.

The sandbox bakes both into its base image, where they cost each run their size. So the catalogue goes in compact: a
method that several triggers have in the same form once, and its parameters as text that is read when they are needed.
"""

import json
from collections.abc import Iterable
from importlib import resources
from typing import Any

from interlock.sandbox import Prelude, installation
from interlock.worker.triggers import BUILT_IN, Catalogue, Field, Method, Rule


def preludes(catalogue: Catalogue = BUILT_IN) -> tuple[Prelude, Prelude]:
    """Return the recorder and its data, in that order: what `Sandbox.open` takes to run actions of these
    triggers.

    Raises the sandbox's `EngineMissing` when `make setup` has not been run.
    """
    recorder = installation.prelude_from("api", resources.files("interlock.worker") / "built", "api.js")
    data = json.dumps(_data(catalogue), ensure_ascii=False, separators=(",", ":"))
    return recorder, Prelude("catalogue", f"(function(host,runtime){{runtime.setCatalogue({data})}})")


def _data(catalogue: Catalogue) -> dict[str, Any]:
    """Return the data in the shape of `Catalogue` in worker/guest/types.d.ts."""
    methods: dict[str, dict[str, Any]] = {}
    by_trigger: dict[str, Any] = {}
    for trigger in catalogue:
        namespaces: dict[str, list[str]] = {}
        for method in trigger.methods.values():
            entry = {"path": method.name, "returns": method.returns, "text": _parameters(method)}
            key = json.dumps(entry)
            methods[key] = {**entry, "params": None, "counters": None, "behaviour": None}
            namespaces.setdefault(method.name.split(".")[1], []).append(key)
        by_trigger[trigger.id] = {"handlers": trigger.handlers, "namespaces": namespaces}
    position = {key: index for index, key in enumerate(methods)}
    for data in by_trigger.values():
        data["namespaces"] = {name: [position[key] for key in keys] for name, keys in data["namespaces"].items()}
    counters = {counter: None for trigger in catalogue for counter in trigger.counters}
    return {
        "triggers": by_trigger,
        "methods": list(methods.values()),
        "counters": [{"methods": sorted(counter.methods), "max": counter.max, "count": 0} for counter in counters],
    }


def _parameters(method: Method) -> str:
    params = []
    for position, param in enumerate(method.params):
        # An overload differs in what may be chosen, never in anything else.
        choices = [choice for overload in method.overloads for choice in overload[position].enum]
        params.append(_parameter(method, param, param.name, choices))
    return json.dumps(params, ensure_ascii=False, separators=(",", ":"))


def _parameter(method: Method, field: Field, path: str, further_choices: Iterable[str] = ()) -> dict[str, Any]:
    rule = method.rules.get(path, Rule())
    data = {
        "name": field.name,
        "type": field.type,
        "optional": field.optional,
        "choices": [*field.enum, *further_choices, *rule.also],
        "fields": [_parameter(method, inner, f"{path}.{inner.name}") for inner in field.fields],
        "each": [_parameter(method, inner, f"{path}[].{inner.name}") for inner in rule.each],
        "rule": _rule(rule),
    }
    return {key: value for key, value in data.items() if value}


def _rule(rule: Rule) -> dict[str, Any]:
    names = [name for name in Rule.__slots__ if name not in {"also", "each"}]
    values = {name: getattr(rule, name) for name in names}
    return {name: value for name, value in values.items() if value is not None and value is not False and value != {}}
