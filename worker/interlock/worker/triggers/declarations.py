"""TypeScript declarations of the triggers: what an editor completes, and what `tsc` checks, in an action.

A package of npm's shape, made of the same data that events and commands are checked by:

    package.json       "interlock-actions"
    index.d.ts         everything, by name
    common.d.ts        what several triggers' methods answer
    modules.d.ts       that `actions:NAME` can be imported, and `actions.secrets` inside such a module
    TRIGGER.d.ts       PostLoginEvent, PostLoginAPI, and a type for each handler: OnExecutePostLogin
The names of the `api` are those in the templates of Auth0's editor (`@param {PostLoginAPI} api`).
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from interlock.worker.triggers.model import Field, Method, Rule, Trigger

PACKAGE: Final = "interlock-actions"
"""What the package is called, and what an action's types are imported from."""

_WIDTH: Final = 120
_TYPES: Final[Mapping[str, str]] = {
    "array of string": "string[]",
    "array of objects": "Record<string, any>[]",
    "boolean": "boolean",
    # What a claim or a metadata field holds is known to its author alone.
    "dictionary": "Record<string, any>",
    "number": "number",
    "object": "Record<string, any>",
    "secrets": "Record<string, string>",
    "string": "string",
    "string | number | boolean": "string | number | boolean",
    "string | number | boolean | null | array of those": "SamlAttribute",
    "unknown": "unknown",
}
_ANSWERS: Final[Mapping[str, str]] = {
    "api.cache.delete": "CacheDeleted",
    "api.cache.get": "CacheRecord | undefined",
    "api.cache.set": "CacheSet",
    "api.groups.getUserGroups": "Promise<Groups>",
    "api.groups.hasGroupMembership": "Promise<boolean>",
    "api.roles.getUserEffectiveRoles": "Promise<Roles>",
    "api.roles.getUserEffectiveRolesByIds": "Promise<Roles>",
    "api.roles.getUserEffectiveRolesByNames": "Promise<Roles>",
}
_RETURNS: Final[Mapping[str, str]] = {
    "boolean": "boolean",
    "payload": "Record<string, any>",
    "string": "string",
    "undefined": "void",
}
_COMMON: Final = """\
/** What `api.samlResponse.setAttribute` takes. */
export type SamlAttribute = string | number | boolean | null | (string | number | boolean | null)[];

/** What is in the cache. `expires_at` is in milliseconds since 1970. */
export interface CacheRecord {
  value: string;
  expires_at: number;
}

/** Why something was not put into the cache, or not taken out of it. */
export type CacheErrorCode =
  | 'CacheKeyDoesNotExist'
  | 'CacheKeySizeExceeded'
  | 'CacheSizeExceeded'
  | 'CacheValueSizeExceeded'
  | 'FailedToDeleteCacheRecord'
  | 'FailedToSetCacheRecord'
  | 'InvalidExpiry'
  | 'ItemAlreadyExpired'
  | 'MaxSideEffectsExceeded';

/** What became of an `api.cache.set`. */
export type CacheSet = { type: 'success'; record: CacheRecord } | { type: 'error'; code: CacheErrorCode };

/** What became of an `api.cache.delete`. */
export type CacheDeleted = { type: 'success' } | { type: 'error'; code: CacheErrorCode };

/** A group or a role of the user. */
export interface Named {
  id: string;
  name: string;
}

/** Groups of the user; `next` is where the next page begins. */
export interface Groups {
  groups: Named[];
  next?: string;
}

/** Roles of the user; `next` is where the next page begins. */
export interface Roles {
  roles: Named[];
  next?: string;
}
"""
_MODULES: Final = """\
/** Code that actions share: what a module exports is known to its author alone. */
declare module 'actions:*';

/** What a module has beside an action's globals. There is none in an action. */
declare const actions: { readonly secrets: Readonly<Record<string, string>> };
"""
"""It exports nothing, or it could not say this of every project that it is read in."""
_EXECUTION: Final = (
    "  /** The same `id` in every attempt, so it can go along as an idempotency key; attempts count from 1. */",
    "  execution: {",
    "    id: string;",
    "    attempt: number;",
    "  };",
)
"""What the worker adds to the events of background triggers."""
_COMMON_NAMES: Final = ("CacheDeleted", "CacheRecord", "CacheSet", "Groups", "Roles", "SamlAttribute")


def declarations(version: str, triggers: Iterable[Trigger]) -> dict[str, str]:
    """Return the files of the package of this version, by their names."""
    triggers = tuple(triggers)
    package = {
        "name": PACKAGE,
        "version": version,
        "description": "Types of the events and the api of Interlock's triggers",
        "license": "Apache-2.0",
        "types": "index.d.ts",
        "exports": {".": {"types": "./index.d.ts"}},
    }
    names = ["common", *(trigger.id for trigger in triggers)]
    return {
        "package.json": json.dumps(package, indent=2) + "\n",
        "index.d.ts": "".join(
            ['/// <reference path="./modules.d.ts" />\n', *(f"export * from './{name}.js';\n" for name in names)]
        ),
        "common.d.ts": _COMMON,
        "modules.d.ts": _MODULES,
        **{f"{trigger.id}.d.ts": _trigger(trigger) for trigger in triggers},
    }


def type_name(trigger_id: str) -> str:
    """Return what the names of a trigger's types begin with: PostLogin."""
    return "".join(part.capitalize() for part in trigger_id.split("-"))


def _trigger(trigger: Trigger) -> str:
    name = type_name(trigger.id)
    body = "\n".join([*_event(trigger, name), "", *_api(trigger, name), "", *_handlers(trigger, name)])
    common = [known for known in _COMMON_NAMES if re.search(rf"\b{known}\b", body)]
    imports = f"import type {{ {', '.join(common)} }} from './common.js';\n\n" if common else ""
    return f"{imports}{body}"


def _event(trigger: Trigger, name: str) -> Iterator[str]:
    yield f"/** The event of {trigger.id}. What an action writes to it has no effect. */"
    yield f"export interface {name}Event {{"
    yield from _fields(trigger.event, 1)
    if not trigger.blocking:
        yield from _EXECUTION
    yield "}"


def _fields(fields: Iterable[Field], depth: int) -> Iterator[str]:
    indent = "  " * depth
    for field in fields:
        start = f"{indent}{_key(field.name)}{'?' if field.optional else ''}: "
        if not field.fields:
            yield f"{start}{_type(field)};"
            continue
        yield f"{start}{{"
        yield from _fields(field.fields, depth + 1)
        yield f"{indent}}}{'[]' if field.type == 'array of objects' else ''};"


def _api(trigger: Trigger, name: str) -> Iterator[str]:
    namespaces: dict[str, list[Method]] = {}
    for method in trigger.methods.values():
        namespaces.setdefault(method.name.split(".")[1], []).append(method)
    yield f"/** What an action of {trigger.id} may ask for. */"
    yield f"export interface {name}API {{"
    for namespace, methods in sorted(namespaces.items()):
        yield f"  {namespace}: {{"
        for method in methods:
            yield from _method(method, f"{name}API")
        yield "  };"
    yield "}"


def _method(method: Method, api: str) -> Iterator[str]:
    limits = [(param.name, words) for param in method.params if (words := _words(method.rules.get(param.name, Rule())))]
    if limits or method.summary:
        yield "    /**"
        if method.summary:
            yield f"     * {method.summary}"
        yield from (f"     * @param {param} {words}" for param, words in limits)
        yield "     */"
    returns = _ANSWERS.get(method.name) or (api if method.returns == "api" else _RETURNS[method.returns])
    params = ", ".join(_param(method, param, position) for position, param in enumerate(method.params))
    line = f"    {method.name.split('.')[2]}({params}): {returns};"
    if len(line) <= _WIDTH:
        yield line
        return
    yield f"    {method.name.split('.')[2]}("
    yield from (f"      {_param(method, param, position)}," for position, param in enumerate(method.params))
    yield f"    ): {returns};"


def _param(method: Method, param: Field, position: int) -> str:
    # An overload differs in what may be chosen, never in anything else.
    more = [choice for overload in method.overloads for choice in overload[position].enum]
    return f"{param.name}{'?' if param.optional else ''}: {_value(method, param, param.name, more)}"


def _value(method: Method, field: Field, path: str, more: Sequence[str] = ()) -> str:
    rule = method.rules.get(path, Rule())
    if field.fields:
        inner = "; ".join(
            f"{_key(part.name)}{'?' if part.optional else ''}: {_value(method, part, f'{path}.{part.name}')}"
            for part in field.fields
        )
        value = f"{{ {inner} }}"
    elif rule.each:
        inner = "; ".join(f"{part.name}{'?' if part.optional else ''}: {_type(part)}" for part in rule.each)
        value = f"({{ {inner} }} & Record<string, unknown>)[]"
    else:
        value = _type(field, [*more, *rule.also])
    return f"{value} | null" if rule.nullable else value


def _type(field: Field, more: Sequence[str] = ()) -> str:
    if field.enum:
        return " | ".join(f"'{choice}'" for choice in [*field.enum, *more])
    return _TYPES[field.type]


def _words(rule: Rule) -> str:
    words = [
        f"{rule.min_chars} characters or more" if (rule.min_chars or 0) > 1 else "",
        "not empty" if rule.min_chars == 1 or rule.min_entries == 1 else "",
        f"at most {rule.max_chars:,} characters" if rule.max_chars else "",
        f"at most {rule.max_bytes:,} bytes" if rule.max_bytes else "",
        f"at most {rule.max_json_bytes:,} bytes of JSON" if rule.max_json_bytes else "",
        f"at most {rule.max_entries:,} entries" if rule.max_entries else "",
        f"{rule.min:g} or more" if rule.min is not None else "",
        f"at most {rule.max:g}" if rule.max is not None else "",
        "a whole number" if rule.integer else "",
        "an absolute URL" if rule.url else "",
        "without white space" if rule.no_space else "",
        "of letters, digits, _ and -, at most 255" if rule.metadata_key else "",
    ]
    return ", ".join(word for word in words if word)


def _handlers(trigger: Trigger, name: str) -> Iterator[str]:
    for handler in trigger.handlers:
        yield f"/** `exports.{handler}`, `async` or not. What it returns is not looked at. */"
        yield f"export type {handler[0].upper()}{handler[1:]} = (event: {name}Event, api: {name}API) => unknown;"
    yield ""


def _key(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z_$][\w$]*", name) else f"'{name}'"
