"""Log streams: kept sealed, changed in part, and no other tenant's affair."""

import asyncio
import contextlib
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from interlock.executor.errors import Conflict, Invalid, NotAllowed, NotFound
from interlock.executor.ports import StoredSecretStore
from interlock.executor.service import log_sinks
from interlock.executor.service.actors import Actor
from interlock.executor.service.log_streams import MOST, LogStreams, Wanted
from interlock.executor.store import Database
from interlock.secrets import DataKeys, Documents, TextKeys, rotate_data_key, unlock
from interlock.secrets.keys import new_text

ACME, OTHER = (Actor(f"key_{tenant}", tenant, frozenset()) for tenant in ("acme", "other"))
HTTP = {
    "httpEndpoint": "https://logs.example/in?code=c0de-in-the-address",
    "httpContentType": "application/json",
    "httpContentFormat": "JSONLINES",
    "httpAuthorization": "Bearer t0ken-of-the-sink",
    "httpCustomHeaders": [{"header": "X-Key", "value": "k3y-in-a-header"}],
}


@pytest.fixture
def secret_store(database: Database) -> StoredSecretStore:
    return StoredSecretStore(database)


@pytest.fixture
async def data_keys(secret_store: StoredSecretStore) -> DataKeys:
    return DataKeys(secret_store, await unlock(secret_store, TextKeys(new_text(), "the test")))


@pytest.fixture
async def streams(database: Database, data_keys: DataKeys) -> LogStreams:
    return LogStreams(database, Documents(data_keys))


def wanted(sink: Mapping[str, Any] | None = None, **more: Any) -> Wanted:
    return Wanted(**{"name": "siem", "type": "http", "sink": HTTP if sink is None else sink, **more})


async def test_what_is_made_is_found_again_as_it_was_given(streams: LogStreams) -> None:
    filters = [{"type": "category", "name": "actions"}]
    pii = {"log_fields": ["email"], "method": "hash", "algorithm": "xxhash"}
    made = await streams.create(ACME, "acme", wanted(filters=filters, priority=True, pii=pii, start_from="2026-11-01"))
    assert (made.stream.status, made.stream.type, made.sink) == ("active", "http", HTTP)
    assert await streams.get(ACME, "acme", made.stream.id) == made
    assert await streams.list(ACME, "acme") == [made]
    await streams.remove(ACME, "acme", made.stream.id)
    assert await streams.list(ACME, "acme") == []


async def test_nothing_of_a_sink_stands_in_the_database_in_clear(streams: LogStreams, database: Database) -> None:
    made = await streams.create(ACME, "acme", wanted())
    await streams.change(ACME, "acme", made.stream.id, Wanted(name="other"))
    async with database.reading() as transaction:
        rows = [*await transaction.execute(text("SELECT * FROM log_streams"))]
        rows += [*await transaction.execute(text("SELECT * FROM audit"))]
    kept = b"".join(bytes(value) if isinstance(value, bytes) else str(value).encode() for row in rows for value in row)
    for secret in (b"t0ken-of-the-sink", b"c0de-in-the-address", b"k3y-in-a-header"):
        assert secret not in kept
    assert "t0ken-of-the-sink" not in repr(made)


async def test_a_sink_that_comes_back_without_its_secrets_keeps_them(streams: LogStreams) -> None:
    made = await streams.create(ACME, "acme", wanted())
    without = {name: value for name, value in HTTP.items() if name != "httpAuthorization"}
    changed = await streams.change(
        ACME, "acme", made.stream.id, Wanted(sink={**without, "httpContentFormat": "JSONARRAY"})
    )
    assert changed.sink == {**HTTP, "httpContentFormat": "JSONARRAY"}
    marked = await streams.change(
        ACME, "acme", made.stream.id, Wanted(sink={**HTTP, "httpAuthorization": log_sinks.NOT_SHOWN})
    )
    assert marked.sink == HTTP
    # What is no secret and is left out is gone.
    least = await streams.change(ACME, "acme", made.stream.id, Wanted(sink={"httpEndpoint": "https://other.example/"}))
    assert least.sink == {"httpEndpoint": "https://other.example/", "httpAuthorization": HTTP["httpAuthorization"]}


async def test_a_change_leaves_what_it_does_not_say(streams: LogStreams) -> None:
    made = await streams.create(ACME, "acme", wanted(priority=True))
    paused = await streams.change(ACME, "acme", made.stream.id, Wanted(status="paused"))
    assert (paused.stream.status, paused.stream.name, paused.stream.priority, paused.sink) == (
        "paused",
        "siem",
        True,
        HTTP,
    )
    assert paused.stream.sealed == made.stream.sealed, "sealed anew for nothing"


async def test_two_changes_at_once_both_count(streams: LogStreams) -> None:
    made = (await streams.create(ACME, "acme", wanted())).stream.id
    await asyncio.gather(
        streams.change(ACME, "acme", made, Wanted(status="paused")),
        streams.change(ACME, "acme", made, Wanted(priority=True)),
    )
    found = (await streams.get(ACME, "acme", made)).stream
    assert (found.status, found.priority) == ("paused", True)


async def test_a_name_is_taken_once_in_a_tenant(streams: LogStreams) -> None:
    await streams.create(ACME, "acme", wanted())
    second = await streams.create(ACME, "acme", wanted(name="second"))
    with pytest.raises(Conflict, match="'siem'"):
        await streams.create(ACME, "acme", wanted())
    with pytest.raises(Conflict, match="'siem'"):
        await streams.change(ACME, "acme", second.stream.id, Wanted(name="siem"))
    await streams.create(OTHER, "other", wanted())


async def test_another_tenants_log_stream_is_not_there(streams: LogStreams) -> None:
    made = (await streams.create(ACME, "acme", wanted())).stream.id
    with pytest.raises(NotFound):
        await streams.get(OTHER, "other", made)
    with pytest.raises(NotFound):
        await streams.change(OTHER, "other", made, Wanted(status="paused"))
    with pytest.raises(NotFound):
        await streams.remove(OTHER, "other", made)
    for asked in (streams.list(OTHER, "acme"), streams.remove(OTHER, "acme", made)):
        with pytest.raises(NotAllowed):
            await asked


async def test_a_key_does_what_its_scopes_say(streams: LogStreams) -> None:
    reader = Actor("key_reader", "acme", frozenset({"log_streams:read"}))
    assert await streams.list(reader, "acme") == []
    with pytest.raises(NotAllowed):
        await streams.create(reader, "acme", wanted())
    with pytest.raises(NotAllowed):
        await streams.list(Actor("key_else", "acme", frozenset({"actions:read"})), "acme")


async def test_sinks_open_after_the_tenants_data_key_was_rotated(
    streams: LogStreams, data_keys: DataKeys, secret_store: StoredSecretStore
) -> None:
    made = await streams.create(ACME, "acme", wanted())
    await rotate_data_key(secret_store, data_keys, "acme")
    assert (await streams.get(ACME, "acme", made.stream.id)).sink == HTTP


async def test_a_tenant_has_only_so_many(streams: LogStreams) -> None:
    for number in range(MOST):
        await streams.create(ACME, "acme", wanted(name=f"s{number}"))
    with pytest.raises(Invalid, match=str(MOST)):
        await streams.create(ACME, "acme", wanted(name="one more"))


async def test_what_auth0_does_not_give_out_is_not_given_out(streams: LogStreams) -> None:
    sink = {
        "mixpanelRegion": "eu",
        "mixpanelProjectId": "1",
        "mixpanelServiceAccountUsername": "svc",
        "mixpanelServiceAccountPassword": "p4ss",
    }
    made = await streams.create(ACME, "acme", wanted(sink, type="mixpanel"))
    assert "p4ss" not in str(made.sink)
    without = {name: value for name, value in sink.items() if name != "mixpanelServiceAccountPassword"}
    assert (await streams.change(ACME, "acme", made.stream.id, Wanted(sink=without))).sink == without


REFUSED: dict[str, tuple[str, dict[str, Any]]] = {
    "an endpoint that is none": ("http", {"httpEndpoint": "ftp://logs.example"}),
    "an endpoint that is missing": ("http", {}),
    "a line feed in a header": ("http", {**HTTP, "httpAuthorization": "a\nHost: b"}),
    "a header that is no header": ("http", {**HTTP, "httpCustomHeaders": [{"header": "a b", "value": "c"}]}),
    "a format that there is not": ("http", {**HTTP, "httpContentFormat": "XML"}),
    "a member of another sink": ("http", {**HTTP, "datadogApiKey": "d4ta"}),
    "a marker for a secret that must be there": (
        "datadog",
        {"datadogApiKey": "_VALUE_NOT_SHOWN_", "datadogRegion": "eu"},
    ),
    "a number as text": ("splunk", {"splunkDomain": "a", "splunkPort": 1, "splunkToken": "t", "splunkSecure": True}),
    "text as a truth": ("splunk", {"splunkDomain": "a", "splunkPort": "1", "splunkToken": "t", "splunkSecure": "no"}),
}


@pytest.mark.parametrize("what", REFUSED)
def test_a_sink_that_cannot_be_is_refused_without_its_values(what: str) -> None:
    kind, sink = REFUSED[what]
    with pytest.raises(Invalid) as refused:
        log_sinks.check(kind, sink)
    assert refused.value.code == "sink_invalid"
    for value in sink.values():
        assert not isinstance(value, str) or len(value) < 4 or value not in refused.value.message


async def test_a_log_stream_that_cannot_be_is_refused(streams: LogStreams) -> None:
    wrong: list[dict[str, Any]] = [
        {"type": "carrier-pigeon"},
        {"status": "suspended"},
        {"name": " "},
        {"filters": [{"type": "category", "name": "everything"}]},
        {"filters": [{"type": "category"}]},
        {"pii": {"log_fields": ["shoe_size"]}},
        {"pii": {"log_fields": [["email"]]}},
        {"start_from": "yesterday"},
    ]
    for more in wrong:
        with pytest.raises(Invalid):
            await streams.create(ACME, "acme", wanted(**more))
    assert await streams.list(ACME, "acme") == []


async def test_what_was_set_up_with_its_peer_is_not_changed(streams: LogStreams) -> None:
    sink = {"awsAccountId": "123456789012", "awsRegion": "eu-central-1"}
    made = await streams.create(ACME, "acme", wanted(sink, type="eventbridge"))
    assert (await streams.change(ACME, "acme", made.stream.id, Wanted(sink=sink))).sink == sink
    with pytest.raises(Invalid, match="cannot be changed"):
        await streams.change(ACME, "acme", made.stream.id, Wanted(sink={**sink, "awsRegion": "us-east-1"}))


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=4), inner, max_size=2),
    max_leaves=4,
)


@given(st.sampled_from(sorted(log_sinks.SINKS)), st.data())
def test_whatever_a_sink_holds_it_is_taken_whole_or_refused(kind: str, data: st.DataObject) -> None:
    names = st.sampled_from([*log_sinks.SINKS[kind].members, "else"])
    sink = data.draw(st.dictionaries(names, ANYTHING, max_size=6))
    with contextlib.suppress(Invalid):
        taken = log_sinks.check(kind, sink)
        assert log_sinks.changed(kind, taken, taken) == taken
