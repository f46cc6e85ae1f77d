"""Whatever stands in a path, a query or a body: an answer of ours, as OpenAPI says it is, never a fault."""

import json
import re
from typing import Any

import httpx
import pytest
from described_requests import every_operation_answers, only

# Who listens is answered for as long as they do. Nobody is here to build and to run: tests and deploys would wait.
ALL_BUT = r"(?<!/health)(?<!/ready)(?<!/tail)(?<!/test)(?<!/deploy)$"


async def every_route_answers(api: Any, examples: int) -> None:
    action, module = await api.deployed("a"), await api.deployed("m", kind="module")
    await api.bound(action)
    for kind, owner in (("actions", action), ("modules", module)):
        await api.made("PUT", f"/tenants/acme/{kind}/{owner}/secrets/KEY", {"value": "hunter22"})
    key = await api.made("POST", "/tenants/acme/keys", {"name": "one"})
    names = {"tenant": "acme", "trigger": "post-login", "action": action, "module": module, "key": key["id"]}
    names |= {"number": "1", "change": "1", "name": "KEY"}

    async def ask(request: httpx.Request) -> httpx.Response:
        request.headers["authorization"] = f"Bearer {api.keys['operator']}"
        answer: httpx.Response = await api.client.send(request)
        return answer

    document = api.application.openapi()
    assert (
        await every_operation_answers(only(document, "/(test|deploy)$"), ask, examples, {"tenant": "acme"}) > examples
    )
    assert await every_operation_answers(only(document, ALL_BUT), ask, examples, names) > 100 * examples


@pytest.mark.parametrize("kind", ["postgresql"])
async def test_every_route_answers_whatever_is_asked(api: Any, kind: str) -> None:
    await every_route_answers(api, 2)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
async def test_every_route_answers_whatever_is_asked_for_long(api: Any, kind: str) -> None:
    await every_route_answers(api, 25)


async def test_all_that_openapi_refers_to_is_in_it(api: Any) -> None:
    document = api.application.openapi()
    references = set(re.findall(r'"\$ref": "([^"]+)"', json.dumps(document)))
    assert len(references) > 10
    for reference in references:
        found = document
        for part in reference.removeprefix("#/").split("/"):
            assert part in found, reference
            found = found[part]


@pytest.mark.parametrize(
    "body", ["", "{", "null", "[" * 10_000, '{"a":' * 10_000, "NaN", '{"id": NaN}', '"\\ud800"', b"\xff"]
)
@pytest.mark.parametrize("content_type", ["application/json", "text/plain", "multipart/form-data", ""])
async def test_a_body_that_is_nothing_is_refused(api: Any, body: str | bytes, content_type: str) -> None:
    for method, path in (
        ("POST", "/v1/tenants"),
        ("PUT", "/v1/tenants/acme/secrets/KEY"),
        ("POST", "/v1/tenants/acme/triggers/post-login/releases/1/rollback"),
    ):
        answer = await answers(api, method, path, body, {}, content_type)
        assert 400 <= answer.status_code < 500


@pytest.mark.parametrize("number", ["0", "492606791872", "-1.5", " 1"])
async def test_a_number_is_no_point_of_time(api: Any, number: str) -> None:
    answer = await api("GET", "/tenants/acme/executions", params={"since": number})
    assert (answer.status_code, answer.json()["code"]) == (422, "request_invalid")
    await api.made("GET", "/tenants/acme/executions", params={"since": "2030-01-31T12:00:00Z"})


async def test_a_route_that_is_not_there_is_a_problem(api: Any) -> None:
    assert await api.refused("GET", "/nothing") == "404 no_such_route"
    assert await api.refused("PUT", "/tenants") == "405 method_not_allowed"


async def answers(
    api: Any, method: str, path: str, body: str | bytes | None, query: Any, content_type: str = "application/json"
) -> Any:
    headers = {"authorization": f"Bearer {api.keys['operator']}", "content-type": content_type}
    answer = await api.client.request(method, path, content=body, params=query, headers=headers)
    assert answer.status_code < 500, (method, path, body, query, answer.text)
    if answer.status_code >= 400:
        assert answer.headers["content-type"] == "application/problem+json"
    return answer
