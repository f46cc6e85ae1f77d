"""Whatever stands in a path, a query or a body: an answer of ours, never a fault."""

import json
import re
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

SEGMENTS = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40),
    st.sampled_from(
        [
            "acme",
            "a",
            "post-login",
            "1",
            "-1",
            str(2**31 - 1),
            str(2**63),
            "9" * 400,
            "\0",
            "..",
            "%00",
            "KEY",
            "act_",
            "é",
        ]
    ),
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=8,
)
# Bodies that are nearly right come further than ones that are nothing.
FIELDS = (
    "id name scopes limits egress trigger code dependencies secret_names runtime expected_revision value bindings "
    "expected_release cpu_ms action display_name version"
).split()
ATOMS = st.sampled_from(
    ["acme", "a", "post-login", "", "\0", "\ud800", "x" * 300, 0, 1, -1, 2**31, 2**70, 1.5, None, True]
)
BODIES = st.one_of(
    VALUES,
    st.dictionaries(
        st.sampled_from(FIELDS),
        ATOMS
        | st.lists(ATOMS | st.dictionaries(st.sampled_from(FIELDS), ATOMS, max_size=3), max_size=3)
        | st.dictionaries(st.sampled_from(FIELDS), ATOMS, max_size=3),
        max_size=5,
    ),
)
QUERIES = st.dictionaries(
    st.sampled_from("page per_page entity trigger name deployed force after limit".split()),
    st.sampled_from(["", "-1", "0", "1", "true", "é", "\0", "9" * 30, "x" * 300, "1e9", "\x7f"]),
    max_size=3,
)
RANDOM = settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
@RANDOM
@given(data=st.data())
async def test_every_route_answers_whatever_is_asked(api: Any, kind: str, data: st.DataObject) -> None:
    for path, methods in api.application.openapi()["paths"].items():
        if path in {"/v1/health", "/v1/ready"}:
            continue
        for method in methods:
            segments = {name: data.draw(SEGMENTS) for name in re.findall(r"{(\w+)}", path)}
            if data.draw(st.booleans()):
                segments |= {"tenant": "acme", "trigger": "post-login"}
            if method == "delete" and path.endswith("{tenant}"):
                segments["tenant"] = "nobody"
            target = path.format(**{name: quote(text, safe="") for name, text in segments.items()})
            body = None if method in {"get", "delete"} else json.dumps(data.draw(BODIES))
            # Who listens is answered for as long as they do.
            query = data.draw(QUERIES) | ({"follow": "false"} if path.endswith("/tail") else {})
            await answers(api, method, target, body, query)


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
