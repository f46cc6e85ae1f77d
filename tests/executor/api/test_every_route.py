"""Every route of the application, asked by everybody who may not: the table below has an entry for each, or this fails.

A route below a tenant is asked with a key of another tenant, of the tenant itself without the scope, and of the tenant
itself while another one has the same of everything: nothing of that shows.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest

from interlock.executor.service.actors import SCOPES, Scope
from interlock.executor.store import version_states, versions
from interlock.worker import simulated_event, triggers

PUBLIC = {"GET /v1/health", "GET /v1/ready", "GET /v1/openapi.json"}
ANYBODY, OPERATOR, TENANT = "anybody", "operator", "tenant"


@dataclass(frozen=True)
class Route:
    """Who may ask, with which scope (None: the operator's key must have none, a tenant's may have any), for what."""

    who: str
    scope: Scope | None = None
    body: Any = None
    query: str = ""
    trigger: str = "post-login"
    answers: frozenset[int] = frozenset({200, 201, 202, 204})
    """To whom may ask, with a body that is right."""


def of(scope: Scope, body: Any = None, query: str = "") -> Route:
    return Route(TENANT, scope, body, query)


def of_canary(scope: Scope, body: Any = None) -> Route:
    return Route(TENANT, scope, body, trigger="post-user-registration")


ACTION = "/v1/tenants/{tenant}/actions/{action}"
MODULE = "/v1/tenants/{tenant}/modules/{module}"
TRIGGER = "/v1/tenants/{tenant}/triggers/{trigger}"
EVENT = simulated_event(triggers.BUILT_IN.get("post-user-registration"))
STREAM = {"name": "s", "type": "sumo", "sink": {"sumoSourceAddress": "https://logs.example/a-token"}}
RETURN = {"request": simulated_event(triggers.BUILT_IN.get("post-login"))["request"]}

# There is no worker here, so no flow is suspended, and nothing has ended: the tests of events resume some.
NOTHING_WAITS = frozenset({404, 409})
NONE_ENDED = frozenset({409})

# In the order in which they can be asked of one tenant, with bodies that are right: what a key may do works.
ROUTES: dict[str, Route] = {
    "GET /v1/triggers": Route(ANYBODY),
    "POST /v1/tenants": Route(OPERATOR, None, {"id": "third"}),
    "GET /v1/tenants": Route(OPERATOR),
    "GET /v1/tenants/{tenant}": Route(TENANT),
    "PATCH /v1/tenants/{tenant}": Route(OPERATOR, None, {}),
    "POST /v1/keys": Route(OPERATOR, "keys:write", {"name": "k", "scopes": ["keys:write"]}),
    "GET /v1/keys": Route(OPERATOR, "keys:read"),
    "DELETE /v1/keys/{key}": Route(OPERATOR, "keys:write"),
    "GET /v1/audit": Route(OPERATOR, "audit:read"),
    "POST /v1/rotation": Route(OPERATOR),
    "POST /v1/tenants/{tenant}/keys": of("keys:write", {"name": "k", "scopes": ["keys:write"]}),
    # A key that may make keys alone makes no client that may do more.
    "POST /v1/tenants/{tenant}/keys/management": replace(
        of("keys:write", {"name": "k"}), answers=frozenset({201, 403})
    ),
    "POST /v1/tenants/{tenant}/keys/signing": of("keys:write", {"at_once": True}),
    "GET /v1/tenants/{tenant}/keys": of("keys:read"),
    "GET /v1/tenants/{tenant}/audit": of("audit:read"),
    "POST /v1/tenants/{tenant}/actions": of("actions:write", {"name": "new", "trigger": "post-login"}),
    "GET /v1/tenants/{tenant}/actions": of("actions:read"),
    f"GET {ACTION}": of("actions:read"),
    f"PATCH {ACTION}": of("actions:write", {"name": "action-of-acme"}),
    f"GET {ACTION}/draft": of("actions:read"),
    f"PUT {ACTION}/draft": of("actions:write", {"code": "// mine"}),
    f"GET {ACTION}/versions": of("actions:read"),
    f"GET {ACTION}/versions/{{number}}": of("actions:read"),
    f"POST {ACTION}/versions/{{number}}/deploy": of("actions:write"),
    f"POST {ACTION}/versions": of("actions:write"),
    f"POST {ACTION}/deploy": of("actions:write", {"wait_ms": 0}),
    f"GET {ACTION}/diff": of("actions:read"),
    f"POST {ACTION}/test": of("actions:write", {"version": 2}),
    "POST /v1/tenants/{tenant}/modules": of("actions:write", {"name": "new"}),
    "GET /v1/tenants/{tenant}/modules": of("actions:read"),
    f"GET {MODULE}": of("actions:read"),
    f"GET {MODULE}/draft": of("actions:read"),
    f"PUT {MODULE}/draft": of("actions:write", {"code": "// mine"}),
    f"GET {MODULE}/diff": of("actions:read"),
    f"GET {MODULE}/versions": of("actions:read"),
    f"GET {MODULE}/versions/{{number}}": of("actions:read"),
    f"POST {MODULE}/versions/{{number}}/deploy": of("actions:write"),
    f"POST {MODULE}/deploy": of("actions:write", {"update_dependants": True}),
    f"GET {MODULE}/secrets": of("secrets:read"),
    f"PUT {MODULE}/secrets/{{name}}": of("secrets:write", {"value": "hunter22"}),
    f"DELETE {MODULE}/secrets/{{name}}": of("secrets:write"),
    f"DELETE {MODULE}": of("actions:write", query="?force=true"),
    "GET /v1/tenants/{tenant}/releases": of("actions:read"),
    "POST /v1/tenants/{tenant}/releases/diff": of("actions:read", {}),
    "POST /v1/tenants/{tenant}/releases": of("actions:write", {"triggers": [{"trigger": "post-login", "limits": {}}]}),
    "GET /v1/tenants/{tenant}/releases/{change}": of("actions:read"),
    "POST /v1/tenants/{tenant}/releases/{change}/rollback": of("actions:write", {}),
    f"GET {TRIGGER}/diff": of("actions:read"),
    f"PUT {TRIGGER}/canary": of_canary("actions:write", {"weight": 5}),
    f"GET {TRIGGER}/canary": of_canary("actions:read"),
    f"POST {TRIGGER}/canary/promote": of_canary("actions:write"),
    f"DELETE {TRIGGER}/canary": of_canary("actions:write"),
    f"GET {TRIGGER}/bindings": of("actions:read"),
    f"PUT {TRIGGER}/bindings": of("actions:write", {"bindings": [{"action": "action-of-acme"}]}),
    f"GET {TRIGGER}/releases": of("actions:read"),
    f"GET {TRIGGER}/releases/current": of("actions:read"),
    f"GET {TRIGGER}/policy/explain": of("actions:read", query="?host=a.example&port=443"),
    f"GET {TRIGGER}/releases/{{number}}": of("actions:read"),
    f"POST {TRIGGER}/releases/{{number}}/rollback": of("actions:write", {}),
    f"PUT {TRIGGER}/policy": of("actions:write", {"limits": {}}),
    f"POST {TRIGGER}/events": Route(TENANT, "events:send", {"event": EVENT}, trigger="post-user-registration"),
    "GET /v1/tenants/{tenant}/executions": of("executions:read"),
    "GET /v1/tenants/{tenant}/executions/{execution}": of("executions:read"),
    "POST /v1/tenants/{tenant}/executions/{execution}/cancel": of("events:send"),
    "POST /v1/tenants/{tenant}/executions/{execution}/resume": replace(
        of("events:send", {"event": RETURN}), answers=NOTHING_WAITS
    ),
    "POST /v1/tenants/{tenant}/resume": replace(
        of("events:send", {"event": RETURN, "state": "x"}), answers=NOTHING_WAITS
    ),
    "POST /v1/tenants/{tenant}/executions/{execution}/replay": replace(of("executions:replay", {}), answers=NONE_ENDED),
    "POST /v1/tenants/{tenant}/executions/{execution}/resend": replace(of("events:send"), answers=NONE_ENDED),
    "GET /v1/tenants/{tenant}/tail": of("executions:read", query="?follow=false"),
    "GET /v1/tenants/{tenant}/secrets": of("secrets:read"),
    "PUT /v1/tenants/{tenant}/secrets/{name}": of("secrets:write", {"value": "hunter22"}),
    f"GET {ACTION}/secrets": of("secrets:read"),
    f"PUT {ACTION}/secrets/{{name}}": of("secrets:write", {"value": "hunter22"}),
    "POST /v1/tenants/{tenant}/log-streams": of("log_streams:write", STREAM | {"name": "another"}),
    "GET /v1/tenants/{tenant}/log-streams": of("log_streams:read"),
    "GET /v1/tenants/{tenant}/log-streams/{stream}": of("log_streams:read"),
    "PATCH /v1/tenants/{tenant}/log-streams/{stream}": of("log_streams:write", {"status": "paused"}),
    "POST /v1/tenants/{tenant}/rotation": of("secrets:write"),
    "DELETE /v1/tenants/{tenant}/log-streams/{stream}": of("log_streams:write"),
    "DELETE /v1/tenants/{tenant}/secrets/{name}": of("secrets:write"),
    f"DELETE {ACTION}/secrets/{{name}}": of("secrets:write"),
    "DELETE /v1/tenants/{tenant}/keys/{key}": of("keys:write"),
    f"DELETE {ACTION}": of("actions:write", query="?force=true"),
    "DELETE /v1/tenants/{tenant}": Route(OPERATOR),
}

# What was asked before is in their way: a version that waits to be built, a rollback or promotion, which end a canary.
LATER = (
    f"POST {ACTION}/deploy",
    *(f"{verb} {TRIGGER}/canary" for verb in ("PUT", "GET")),
    f"POST {TRIGGER}/canary/promote",
)
LAST = (f"DELETE {TRIGGER}/canary",)
FIRST = tuple(name for name in ROUTES if name not in (*LATER, *LAST))


@dataclass(frozen=True)
class Names:
    """What a tenant has of everything; paths are filled in with it."""

    tenant: str
    action: str
    key: str
    execution: str
    module: str
    stream: str
    change: str = "1"
    operator_key: str = "key_nobody"
    number: str = "1"
    name: str = "KEY"

    def path(self, name: str) -> str:
        """The path of a route with everything filled in."""
        key = self.operator_key if ROUTES[name].who == OPERATOR else self.key
        filled = (
            name.partition(" ")[2]
            .removeprefix("/v1")
            .format(**{**vars(self), "key": key, "trigger": ROUTES[name].trigger})
        )
        return f"{filled}{ROUTES[name].query}"


@pytest.fixture
async def theirs(api: Any) -> Names:
    return await furnished(api, "other")


@pytest.fixture
async def ours(api: Any) -> Names:
    return await furnished(api, "acme")


async def furnished(api: Any, tenant: str) -> Names:
    """One of everything, with names that no other tenant has where that is possible."""
    action = await api.deployed(f"action-of-{tenant}", tenant)
    # Nothing runs here: a test of a version that cannot be built is answered all the same.
    async with api.database.writing() as transaction:
        failed = await versions.create(transaction, tenant, action)
        await version_states.fail(transaction, tenant, failed.id, [{"id": "syntax_error", "msg": "", "url": ""}])
    await api.bound(action, tenant=tenant)
    for path in (f"/tenants/{tenant}", f"/tenants/{tenant}/actions/{action}"):
        for name in ("KEY", f"KEY_OF_{tenant.upper()}"):
            await api.made("PUT", f"{path}/secrets/{name}", {"value": f"value of {tenant}"})
    key = await api.made("POST", f"/tenants/{tenant}/keys", {"name": f"key of {tenant}"})
    operator = await api.made("POST", "/keys", {"name": "another one"})
    await api.bound(tenant=tenant, trigger="post-user-registration")
    events = f"/tenants/{tenant}/triggers/post-user-registration/events"
    execution = await api.made("POST", events, {"event": EVENT})
    module = await api.deployed(f"module-of-{tenant}", tenant, "", kind="module")
    await api.made("PUT", f"/tenants/{tenant}/modules/{module}/secrets/KEY", {"value": f"value of {tenant}"})
    canary = f"/tenants/{tenant}/triggers/post-user-registration/canary"
    await api.made("PUT", canary, {"release": 1, "weight": 1})
    stream = (await api.made("POST", f"/tenants/{tenant}/log-streams", STREAM))["id"]
    return Names(tenant, action, key["id"], execution["execution"], module, stream, operator_key=operator["id"])


def test_every_route_is_in_the_table(api: Any) -> None:
    assert set(routes(api.application)) - PUBLIC == set(ROUTES)


async def test_openapi_describes_every_route_for_people(api: Any) -> None:
    document = (await api.client.get("/v1/openapi.json")).json()
    described = {
        f"{method.upper()} {path}": operation
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    }
    assert set(ROUTES) <= set(described)
    operations = [operation["operationId"] for operation in described.values()]
    assert len(set(operations)) == len(operations)
    for name in ROUTES:
        operation = described[name]
        assert operation["summary"], name
        assert operation["description"], name
        assert operation["tags"], name
        assert operation["security"] == [{"HTTPBearer": []}], name
        assert {"401", "503"} <= set(operation["responses"]), name
        assert all("description" in parameter for parameter in operation.get("parameters", [])), name


async def test_without_a_key_that_is_valid_nothing_is_answered(api: Any, ours: Names) -> None:
    made = await api.made("POST", "/tenants/acme/keys", {"name": "revoked"})
    await api.made("DELETE", f"/tenants/acme/keys/{made['id']}")
    for name, route in ROUTES.items():
        asked = (name.partition(" ")[0], ours.path(name), route.body)
        assert await api.refused(*asked, key=None) == "401 key_missing", name
        assert await api.refused(*asked, key="interlock_unknown") == "401 key_unknown", name
        assert await api.refused(*asked, key=made["key"]) == "401 key_revoked", name


async def test_a_key_of_another_tenant_is_told_the_same_whether_or_not_there_is_one(api: Any, theirs: Names) -> None:
    for name in [name for name, route in ROUTES.items() if route.who == TENANT]:
        method, body = name.partition(" ")[0], ROUTES[name].body
        there = await api(method, theirs.path(name), body, key="acme")
        absent = await api(method, replace(theirs, tenant="nobody").path(name), body, key="acme")
        assert (there.status_code, there.json()["code"]) == (403, "other_tenant"), name
        assert (there.content, there.headers) == (absent.content, absent.headers), name


async def test_a_key_of_a_tenant_is_no_operator(api: Any, ours: Names) -> None:
    for name in [name for name, route in ROUTES.items() if route.who == OPERATOR]:
        method, body = name.partition(" ")[0], ROUTES[name].body
        assert await api.refused(method, ours.path(name), body, key="acme") == "403 operator_only", name


async def test_a_key_without_the_scope_is_refused(api: Any, ours: Names) -> None:
    for name, route in ROUTES.items():
        for owner in [None] if route.who == OPERATOR else ["acme", None]:
            lacking = await api.key(owner, [scope for scope in SCOPES if scope != route.scope])
            answer = await api(name.partition(" ")[0], ours.path(name), route.body, key=lacking)
            if route.scope is None and route.who != OPERATOR:
                assert answer.status_code == 200, name
            else:
                assert (answer.status_code, answer.json()["code"]) == (403, "scope_missing"), name


@pytest.mark.parametrize("owner", ["acme", None])
@pytest.mark.parametrize("names", [FIRST, LATER, LAST], ids=["first", "later", "last"])
async def test_a_key_with_the_scope_alone_is_answered(
    names: tuple[str, ...], owner: str | None, api: Any, ours: Names
) -> None:
    for name in names:
        route = ROUTES[name]
        if route.scope is not None and (owner is None or route.who != OPERATOR):
            key = await api.key(owner, [route.scope])
            answer = await api(name.partition(" ")[0], ours.path(name), route.body, key=key)
            assert answer.status_code in route.answers, name


async def test_no_answer_to_a_tenant_holds_anything_of_another(api: Any, ours: Names, theirs: Names) -> None:
    hidden = {"other", "OTHER", theirs.action, theirs.key, theirs.execution, theirs.stream, *await ids_of(api, "other")}
    answers: dict[str, str] = {}
    for name, route in ROUTES.items():
        answer = await api(name.partition(" ")[0], ours.path(name), route.body, key="acme")
        answers[name] = answer.text + str(answer.headers)
        # Ids of another tenant in our own paths: never found, or not an id of ours.
        borrowed = replace(theirs, tenant="acme").path(name)
        if any(
            part in name for part in ("{action}", "{module}", "{execution}", "{stream}", "/tenants/{tenant}/keys/{key}")
        ):
            crossed = await api(name.partition(" ")[0], borrowed, route.body, key="acme")
            assert crossed.status_code == 404, name
    for name, text in answers.items():
        assert not [secret for secret in hidden if secret in text.replace("another", "")], name


async def test_nothing_of_another_tenant_is_changed(api: Any, ours: Names, theirs: Names) -> None:
    before = await shown(api, "other")
    for name, route in ROUTES.items():
        if name != "POST /v1/tenants":
            await api(name.partition(" ")[0], ours.path(name), route.body, key="acme")
            await api(name.partition(" ")[0], theirs.path(name), route.body, key="acme")
            await api(name.partition(" ")[0], replace(theirs, tenant="acme").path(name), route.body, key="acme")
    assert await shown(api, "other") == before


async def ids_of(api: Any, tenant: str) -> set[str]:
    """Every id that belongs to a tenant."""
    return set(re.findall(r"\b(?:act|bnd|chg|exe|mod|rel|ver)_\w+", str(await shown(api, tenant))))


async def shown(api: Any, tenant: str) -> list[Any]:
    """All that the operator can see of a tenant, but for its keys, whose last use moves."""
    trigger = f"/tenants/{tenant}/triggers/post-login"
    paths = ["", "/actions", "/modules", "/releases", "/secrets", "/audit", "/executions"]
    return [
        *[await api.made("GET", f"/tenants/{tenant}{path}") for path in paths],
        *[await api.made("GET", f"{trigger}/{path}") for path in ("bindings", "releases", "releases/current")],
    ]


def routes(application: Any) -> Iterator[str]:
    for path, methods in application.openapi()["paths"].items():
        yield from (f"{method.upper()} {path}" for method in methods)
