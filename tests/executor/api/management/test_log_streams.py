"""Log streams through both faces: one object, of which `/v1` shows nothing that opens somebody's account."""

from typing import Any

import pytest

HTTP = {
    "httpEndpoint": "https://user:in-the-address@logs.example:8443/path-token?key=query-token",
    "httpContentFormat": "JSONLINES",
    "httpAuthorization": "Bearer of-the-header",
    "httpCustomHeaders": [{"header": "x-key", "value": "of-another-header"}],
}
SECRETS = ("in-the-address", "path-token", "query-token", "of-the-header", "of-another-header")
STREAMS = "/tenants/acme/log-streams"


async def test_what_one_face_makes_the_other_shows_and_changes(auth0: Any) -> None:
    made = await auth0.api.made("POST", STREAMS, {"name": "ours", "type": "http", "sink": HTTP})
    assert (made["name"], made["type"], made["status"], made["priority"]) == ("ours", "http", "active", False)
    assert made["sink"] == {"httpEndpoint": "https://logs.example:8443", "httpContentFormat": "JSONLINES"}
    assert made["sealed"] == ["httpAuthorization", "httpCustomHeaders"]
    seen = await auth0.found("GET", f"log-streams/{made['id']}")
    assert seen["sink"] == HTTP
    filters = [{"type": "category", "name": "actions"}]
    await auth0.found("PATCH", f"log-streams/{made['id']}", {"status": "paused", "filters": filters})
    here = await auth0.api.made("GET", f"{STREAMS}/{made['id']}")
    assert (here["status"], here["filters"]) == ("paused", filters)
    theirs = await auth0.found("POST", "log-streams", {"name": "theirs", "type": "segment", "sink": {}})
    assert [each["id"] for each in (await auth0.api.made("GET", STREAMS))["items"]] == [made["id"], theirs["id"]]
    await auth0.api.made("DELETE", f"{STREAMS}/{theirs['id']}")
    assert await auth0.refused("GET", f"log-streams/{theirs['id']}") == "404 not_found"


async def test_a_change_of_the_sink_keeps_the_secrets_that_it_leaves_out(auth0: Any) -> None:
    made = await auth0.api.made("POST", STREAMS, {"name": "s", "type": "http", "sink": HTTP})
    to = {"httpEndpoint": "https://elsewhere.example"}
    changed = await auth0.api.made("PATCH", f"{STREAMS}/{made['id']}", {"sink": to, "pii_config": {"log_fields": []}})
    assert (changed["sink"], changed["sealed"]) == (to, ["httpAuthorization"])
    seen = await auth0.found("GET", f"log-streams/{made['id']}")
    assert seen["sink"] == {**to, "httpAuthorization": HTTP["httpAuthorization"]}


async def test_nothing_that_opens_an_account_is_in_any_answer_or_record(auth0: Any) -> None:
    made = await auth0.api.made("POST", STREAMS, {"name": "s", "type": "http", "sink": HTTP})
    shown = [made, *(await auth0.api.made("GET", STREAMS))["items"], await auth0.api.made("GET", "/tenants/acme/audit")]
    wrong = {**HTTP, "httpAuthorization": "Bearer of-the-header\n"}
    refused = await auth0.api("PATCH", f"{STREAMS}/{made['id']}", {"sink": wrong})
    assert (refused.status_code, refused.json()["code"]) == (422, "sink_invalid")
    for secret in SECRETS:
        assert secret not in str([*shown, refused.text])


@pytest.mark.parametrize(
    ("body", "refusal"),
    [
        ({"type": "http"}, "422 sink_invalid"),
        ({"type": "nothing", "sink": {}}, "422 invalid_value"),
        ({"type": "http", "sink": {"httpEndpoint": "nowhere"}}, "422 sink_invalid"),
        ({"type": "segment", "sink": {"httpEndpoint": "https://a.example"}}, "422 sink_invalid"),
        ({"type": "segment", "sink": {}, "status": "suspended"}, "422 request_invalid"),
        ({"type": "segment", "sink": {}, "filters": [{"type": "category", "name": "nothing"}]}, "422 invalid_value"),
        ({"type": "segment", "sink": {}, "start_from": "yesterday"}, "422 invalid_value"),
        ({"type": "segment", "sink": {}, "name": "taken"}, "409 already_exists"),
        ({"type": "segment", "sink": {}, "unknown": 1}, "422 request_invalid"),
    ],
    ids=str,
)
async def test_what_is_no_log_stream_is_refused(api: Any, body: Any, refusal: str) -> None:
    await api.made("POST", STREAMS, {"name": "taken", "type": "segment", "sink": {}})
    assert await api.refused("POST", STREAMS, body) == refusal
    assert len((await api.made("GET", STREAMS))["items"]) == 1


async def test_there_are_no_more_than_may_be(api: Any) -> None:
    for _ in range(20):
        await api.made("POST", STREAMS, {"type": "segment", "sink": {}})
    assert await api.refused("POST", STREAMS, {"type": "segment", "sink": {}}) == "422 log_streams_limit"
