"""Whatever stands in a path, a query or a body of the management API: an answer that can be read, never a fault."""

import json
import re
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from interlock.executor import management

SEGMENTS = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="."), min_size=1, max_size=40
) | st.sampled_from(["post-login", "act_", "%00", "\0", "9" * 400, "é", "actions", "modules", "deploy"])
FIELDS = (
    "id name code runtime supported_triggers version dependencies secrets value modules module_id module_name "
    "module_version_number deploy payload event update_draft bindings ref type display_name"
).split()
ATOMS = st.sampled_from(
    [
        "a",
        "post-login",
        "v3",
        "action_name",
        "",
        "\0",
        "\ud800",
        "x" * 300,
        "_VALUE_NOT_SHOWN_",
        0,
        -1,
        2**70,
        1.5,
        None,
        True,
    ]
)
BODIES = st.recursive(
    ATOMS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(FIELDS), inner, max_size=4),
    max_leaves=8,
)
QUERIES = st.dictionaries(
    st.sampled_from("page per_page triggerId actionName deployed installed force is_global".split()),
    st.sampled_from(["", "-1", "0", "1", "true", "é", "\0", "9" * 30, "x" * 300, "1e9"]),
    max_size=3,
)


async def every_route_answers(auth0: Any, data: st.DataObject) -> None:
    paths = [route.path for route in management.application.routes()]
    assert len(paths) > 10
    for path in paths:
        for method in ("GET", "POST", "PATCH", "DELETE"):
            target = re.sub(r"{[\w:]+}", lambda _: quote(data.draw(SEGMENTS), safe=""), path)
            body = None if method == "GET" else json.dumps(data.draw(BODIES)).encode()
            auth0.now[0] += 100
            answer = await auth0(
                method,
                target.removeprefix("/api/v2/"),
                params=data.draw(QUERIES),
                content=body,
                headers={"content-type": "application/json"},
            )
            assert answer.status_code < 500, (method, target, body, answer.text)
            if answer.status_code >= 400:
                assert answer.json()["statusCode"] == answer.status_code
            assert "Traceback" not in answer.text


RANDOM = {"suppress_health_check": [HealthCheck.function_scoped_fixture], "deadline": None}


@settings(max_examples=8, **RANDOM)  # type: ignore[arg-type]
@given(data=st.data())
async def test_every_route_answers_whatever_is_asked(auth0: Any, data: st.DataObject) -> None:
    await every_route_answers(auth0, data)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
@settings(max_examples=60, **RANDOM)  # type: ignore[arg-type]
@given(data=st.data())
async def test_every_route_answers_whatever_is_asked_for_long(auth0: Any, kind: str, data: st.DataObject) -> None:
    await every_route_answers(auth0, data)


@pytest.mark.parametrize(
    "body", [b"", b"{", b"null", b"[]", b"[" * 10_000, b"NaN", b'"\\ud800"', b"\xff", b"x" * 3_000_000]
)
async def test_a_body_that_is_nothing_is_refused_as_clients_read_it(auth0: Any, body: bytes) -> None:
    for kind in ("application/json", "text/plain"):
        answer = await auth0("POST", "actions/actions", content=body, headers={"content-type": kind})
        assert 400 <= answer.status_code < 500
        assert answer.json()["statusCode"] == answer.status_code
        assert answer.headers["content-type"].startswith("application/json")
