"""Versions and deploys over HTTP, with a real builder behind them."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from applications import application_with
from fastapi import FastAPI

from interlock.executor.service.keys import Keys
from interlock.executor.service.versions import Versions
from interlock.executor.store import Database, api_keys, tenants, versions
from interlock.worker.queue import Dispatcher
from npm_registry import Registry
from talking import Talking

Start = Callable[..., Awaitable[Talking]]
ACTION = "/v1/tenants/acme/actions/roles"
GOOD = "exports.onExecutePostLogin = async () => {};"


@dataclass
class Api:
    """What the routes of versions need, and a key that may everything."""

    application: FastAPI
    client: httpx.AsyncClient
    key: str

    async def __call__(self, method: str, path: str, body: Any = None, *, key: str = "") -> httpx.Response:
        headers = {"authorization": f"Bearer {key or self.key}"}
        answer = await self.client.request(method, path, headers=headers, json=body)
        if answer.status_code >= 400:
            self._documented(method, path, answer)
        return answer

    def _documented(self, method: str, path: str, answer: httpx.Response) -> None:
        """Every refusal is one that OpenAPI names."""
        template = path.partition("?")[0].replace("/acme/", "/{tenant}/").replace("/other/", "/{tenant}/")
        template = template.replace("/roles", "/{action}").replace("/1", "/{number}").replace("/9", "/{number}")
        said = self.application.openapi()["paths"][template][method.lower()]["responses"][str(answer.status_code)]
        assert f"`{answer.json()['code']}`" in said["description"]


async def serve(database: Database, dispatcher: Any) -> tuple[FastAPI, str]:
    application = application_with(SimpleNamespace(keys=Keys(database), versions=Versions(database, dispatcher)))
    async with database.writing() as transaction:
        return application, (await api_keys.create(transaction, "acme")).text


@pytest.fixture
async def api(database: Database, dispatcher: Any) -> AsyncIterator[Api]:
    application, key = await serve(database, dispatcher)
    transport = httpx.ASGITransport(application)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        yield Api(application, client, key)


async def test_a_deploy_that_waits_is_200_with_the_version_in_force(api: Api, start_builder: Start, make: Any) -> None:
    await start_builder()
    action = await make.action()
    answer = await api("POST", f"{ACTION}/deploy", {"wait_ms": 30_000})
    version = answer.json()
    assert answer.status_code == 200
    assert {name: version[name] for name in ("action_id", "number", "status", "deployed", "errors")} == {
        "action_id": action,
        "number": 1,
        "status": "built",
        "deployed": True,
        "errors": [],
    }
    assert version["log"].startswith("Building version 1 of roles for post-login")
    assert (await api("GET", f"{ACTION}/versions/1")).json() == version
    listed = (await api("GET", f"{ACTION}/versions?per_page=1")).json()
    assert (listed["total"], listed["page"], listed["per_page"]) == (1, 0, 1)
    assert listed["items"] == [{name: version[name] for name in listed["items"][0]}]
    assert not {"code", "log", "bundle", "deploy_by"} & listed["items"][0].keys()
    assert version["created_at"].endswith("Z")


async def test_a_build_that_fails_is_200_with_its_errors(api: Api, start_builder: Start, make: Any) -> None:
    await start_builder()
    await make.action("\nthrow new Error('early')")
    answer = await api("POST", f"{ACTION}/deploy", {"wait_ms": 30_000})
    assert (answer.status_code, answer.json()["status"], answer.json()["deployed"]) == (200, "failed", False)
    assert answer.json()["errors"] == [
        {"id": "action_error", "msg": "Error: early", "url": "", "line": 2, "column": 11}
    ]
    refused = await api("POST", f"{ACTION}/versions/1/deploy")
    assert (refused.status_code, refused.json()["code"]) == (409, "not_built")


async def test_what_does_not_wait_is_202_and_a_second_one_409(api: Api, make: Any) -> None:
    await make.action()
    answer = await api("POST", f"{ACTION}/deploy")
    assert (answer.status_code, answer.json()["status"]) == (202, "pending")
    for path in ("deploy", "versions", "versions/1/deploy"):
        refused = await api("POST", f"{ACTION}/{path}")
        assert (refused.status_code, refused.json()["code"]) == (409, "deploy_in_progress")
        assert "version 1" in refused.json()["detail"]


async def test_a_version_is_built_alone_and_put_in_force_later(
    api: Api, start_builder: Start, make: Any, database: Database
) -> None:
    await start_builder()
    action = await make.action()
    answer = await api("POST", f"{ACTION}/versions")
    assert (answer.status_code, answer.json()["number"]) == (202, 1)
    async with database.reading() as transaction:
        version = await versions.numbered(transaction, "acme", action, 1)
    await make.until_final(version)
    assert not (await api("GET", f"{ACTION}/versions/1")).json()["deployed"]
    answer = await api("POST", f"{ACTION}/versions/1/deploy")
    assert (answer.status_code, answer.json()["deployed"]) == (200, True)


@pytest.mark.parametrize("body", [{"wait_ms": 30_001}, {"wait_ms": -1}, {"wait_ms": "1"}, {"wait": 1}, []], ids=str)
async def test_a_body_that_is_wrong_makes_no_version(body: Any, api: Api, make: Any) -> None:
    await make.action()
    refused = await api("POST", f"{ACTION}/deploy", body)
    assert (refused.status_code, refused.json()["code"]) == (422, "request_invalid")
    assert (await api("GET", f"{ACTION}/versions")).json()["total"] == 0


async def test_what_is_not_there_is_404_and_anothers_403(api: Api, make: Any, database: Database) -> None:
    for method, path in (("POST", "deploy"), ("POST", "versions"), ("GET", "versions"), ("GET", "versions/1")):
        assert (await api(method, f"{ACTION}/{path}")).status_code == 404
    await make.action()
    assert (await api("GET", f"{ACTION}/versions/9")).status_code == 404
    assert (await api("POST", f"{ACTION}/versions/9/deploy")).status_code == 404
    async with database.writing() as transaction:
        await tenants.create(transaction, "other")
        stranger = (await api_keys.create(transaction, "other")).text
        reader = (await api_keys.create(transaction, "acme", scopes=["actions:read"])).text
    refused = await api("POST", f"{ACTION}/deploy", key=stranger)
    assert (refused.status_code, refused.json()["code"]) == (403, "other_tenant")
    refused = await api("POST", f"{ACTION}/deploy", key=reader)
    assert (refused.status_code, refused.json()["code"]) == (403, "scope_missing")
    assert (await api("GET", f"{ACTION}/versions", key=reader)).json()["total"] == 0


async def test_with_redis_away_the_answer_says_that_the_version_is_kept(
    database: Database, make: Any, builds: Any, tmp_path: Path
) -> None:
    await make.action()
    async with Dispatcher.open(f"unix://{tmp_path / 'nothing'}", builds) as away:
        application, key = await serve(database, away)
        transport = httpx.ASGITransport(application)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            refused = await Api(application, client, key)("POST", f"{ACTION}/deploy", {"wait_ms": 1_000})
            assert (refused.status_code, refused.json()["code"]) == (503, "unavailable")
            assert "Version 1 is kept, and will be built and deployed" in refused.json()["detail"]
            shown = await Api(application, client, key)("GET", f"{ACTION}/versions/1")
            assert shown.json()["status"] == "pending"


async def test_a_deploy_with_a_lock_has_these_packages_though_there_are_newer_ones(
    api: Api, start_builder: Start, make: Any, npm: Registry
) -> None:
    npm.publish("left", "1.0.0", {"index.js": "module.exports = 'first';"})
    npm.publish("left", "1.1.0", {"index.js": "module.exports = 'second';"})
    await start_builder()
    await make.action(f"require('left');\n{GOOD}", "left@1")
    dist = npm.document("left")["versions"]["1.0.0"]["dist"]
    entry = {"version": "1.0.0", "resolved": dist["tarball"], "integrity": dist["integrity"]}
    lock = {"lockfileVersion": 3, "packages": {"": {}, "node_modules/left": entry}}
    version = (await api("POST", f"{ACTION}/deploy", {"wait_ms": 30_000, "lock": lock})).json()
    assert (version["status"], version["deployed"]) == ("built", True)
    assert "left@1.0.0" in version["log"]
    assert version["lock"]["packages"]["node_modules/left"] == {"version": "1.0.0", "integrity": dist["integrity"]}
    assert not any("1.1.0" in path for path in npm.asked)


async def test_a_lock_of_other_versions_than_the_draft_asks_for_fails_the_build(
    api: Api, start_builder: Start, make: Any, npm: Registry
) -> None:
    npm.publish("left", "1.0.0", {"index.js": "module.exports = 'first';"})
    npm.publish("left", "2.0.0", {"index.js": "module.exports = 'other';"})
    await start_builder()
    await make.action(f"require('left');\n{GOOD}", "left@2")
    entry = {"version": "1.0.0", "integrity": npm.document("left")["versions"]["1.0.0"]["dist"]["integrity"]}
    lock = {"lockfileVersion": 3, "packages": {"": {}, "node_modules/left": entry}}
    version = (await api("POST", f"{ACTION}/deploy", {"wait_ms": 30_000, "lock": lock})).json()
    assert (version["status"], [each["id"] for each in version["errors"]]) == ("failed", ["lock_invalid"])


@pytest.mark.parametrize(
    ("packages", "code"),
    [
        ({}, "lock_invalid"),
        ({"node_modules/left": {"version": "1.0.0"}}, "lock_invalid"),
        ({"node_modules/left": {"link": True, "resolved": "../left"}}, "dependency_refused"),
        ([], "lock_invalid"),
    ],
)
async def test_a_lock_that_cannot_be_used_makes_no_version(packages: Any, code: str, api: Api, make: Any) -> None:
    await make.action(GOOD, "left@1")
    refused = await api("POST", f"{ACTION}/deploy", {"lock": {"lockfileVersion": 3, "packages": packages}})
    assert (refused.status_code, refused.json()["code"]) == (422, code)
    assert (await api("GET", f"{ACTION}/versions")).json()["total"] == 0


async def test_a_lock_for_a_draft_without_packages_is_refused(api: Api, make: Any) -> None:
    await make.action()
    refused = await api("POST", f"{ACTION}/deploy", {"lock": {"lockfileVersion": 3, "packages": {}}})
    assert (refused.status_code, refused.json()["code"]) == (422, "lock_invalid")
