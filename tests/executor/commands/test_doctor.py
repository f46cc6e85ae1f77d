"""`interlock doctor`: each thing that can be wrong, provoked once on real servers, is found and says what to do."""

import asyncio
import base64
import contextlib
import os
import socket
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
import redis

from interlock.executor import operator_triggers, settings, store
from interlock.executor.composition import TRIGGERS
from interlock.executor.diagnosis import Finding, builds, examine
from interlock.executor.embedded import valkey
from interlock.executor.packages import confinement
from interlock.executor.ports import StoredSecretStore
from interlock.secrets import FileKeys, unlock
from interlock.worker.queue import EXECUTIONS
from interlock.worker.queue.connections import connect
from interlock.worker.queue.steps import Steps
from live_system import dev, until

Call = Callable[..., Any]
Set = pytest.MonkeyPatch

PASSWORD = "hunter2-nobody-may-see"


@pytest.fixture
def redis_url(monkeypatch: Set) -> Iterator[str]:
    """A Valkey that the settings name."""
    with tempfile.TemporaryDirectory(prefix="interlock-") as folder, valkey(Path(folder)) as server:
        monkeypatch.setenv("INTERLOCK_REDIS_URL", server.url)
        yield server.url


@pytest.fixture
def key_file(tmp_path: Path, monkeypatch: Set) -> Path:
    """A key file that the settings name."""
    path = tmp_path / "kek"
    path.write_text(new_key())
    path.chmod(0o600)
    monkeypatch.setenv("INTERLOCK_KEY_FILE", str(path))
    return path


@pytest.fixture
def servers(url: str, redis_url: str, key_file: Path, data: Path, monkeypatch: Set) -> str:
    """The settings of an installation with servers of its own; a key is in use in its database, whose URL this is."""
    monkeypatch.setenv("INTERLOCK_DATABASE_URL", url)

    async def seal() -> None:
        async with store.opened(url) as database:
            await unlock(StoredSecretStore(database), FileKeys(key_file))

    asyncio.run(seal())
    return url


def new_key() -> str:
    return base64.b64encode(os.urandom(32)).decode() + "\n"


def found(interlock: Call, status: int = 1) -> list[dict[str, str]]:
    finished = interlock("doctor", "--json")
    assert finished.status == status, finished.out + finished.err
    assert PASSWORD not in finished.out + finished.err
    assert all(finding["hint"] for finding in finished.json["findings"] if finding["state"] != "ok")
    findings: list[dict[str, str]] = finished.json["findings"]
    return findings


def of(findings: list[dict[str, str]], part: str, state: str) -> list[str]:
    return [finding["says"] for finding in findings if (finding["part"], finding["state"]) == (part, state)]


def test_with_nothing_set_up_it_says_how_to_begin(interlock: Call, tmp_path: Path, monkeypatch: Set) -> None:
    monkeypatch.chdir(tmp_path)
    finished = interlock("doctor")
    assert finished.status == 1
    assert "Run `interlock dev`" in finished.out
    assert "ok       engine" in finished.out
    assert list(tmp_path.iterdir()) == []


def test_in_the_folder_of_a_running_dev_everything_is_well(interlock: Call, tmp_path: Path, monkeypatch: Set) -> None:
    # Whatever the kernel is that tests run on.
    monkeypatch.setattr(confinement, "version", lambda: 7)
    with dev(tmp_path, "--processes", "1") as system:
        monkeypatch.setenv("INTERLOCK_DATA", str(system.folder))
        # Ready for events before the builder has begun.
        finished = until(
            lambda: (well := interlock("doctor")).status == 0 and "warning" not in well.out and well, "well"
        )
        assert "Everything is as it should be." in finished.out
        assert system.key not in finished.out
        (system.folder / "operator.key").chmod(0o644)
        assert "chmod 600" in interlock("doctor").out
    stopped = found(interlock)
    assert of(stopped, "queue", "wrong") == ["`interlock dev` does not run in this folder"]
    assert [finding["part"] for finding in stopped] == [
        "settings",
        "egress",
        "folder",
        "store",
        "keys",
        "queue",
        "builds",
        "engine",
    ]
    assert len(of(stopped, "keys", "ok")) == 1


def test_with_servers_the_workers_and_the_api_that_are_missing_are_warnings(interlock: Call, servers: str) -> None:
    findings = found(interlock, status=0)
    assert of(findings, "workers", "warning") == ["none alive on events", "none alive on builds"]
    assert len(of(findings, "api", "warning")) == 1
    assert of(findings, "queue", "ok")[1:] == ["it evicts nothing", "it keeps an append-only file"]
    assert len(of(findings, "clock", "ok")) == (2 if servers.startswith("postgresql") else 1)
    assert "opens what is sealed" in of(findings, "keys", "ok")[0]


@pytest.mark.parametrize("kind", ["sqlite"])
def test_a_worker_with_another_triggers_file_is_found(
    interlock: Call, servers: str, redis_url: str, tmp_path: Path, monkeypatch: Set
) -> None:
    file = tmp_path / "triggers.toml"
    file.write_text('[triggers.closing]\nhandlers = ["onExecuteClosing"]\nblocking = true\n')
    monkeypatch.setenv("INTERLOCK_TRIGGERS", str(file))
    digest = operator_triggers.of(settings.load()).digest

    async def renew() -> None:
        async with connect(redis_url) as server:
            steps = Steps(server, EXECUTIONS.queue_name)
            await steps.renew("a" * 32, {TRIGGERS: digest})
            await steps.renew("b" * 32, {TRIGGERS: ""})

    asyncio.run(renew())
    findings = found(interlock)
    assert of(findings, "triggers", "ok") == [f"the operator's own are closing ({digest})"]
    assert of(findings, "triggers", "wrong") == [
        f"of 2 workers on events, 1 have no triggers file instead of the triggers file {digest}"
    ]
    file.write_text("[triggers.post-login]\n")
    [wrong] = of(found(interlock), "triggers", "wrong")
    assert f"{file}:1: triggers.post-login" in wrong


def test_a_wrong_key_is_found_and_its_place_is_not_told(interlock: Call, servers: str, key_file: Path) -> None:
    key_file.write_text(new_key())
    [wrong] = of(found(interlock), "keys", "wrong")
    assert "which is not in" in wrong
    assert str(key_file) not in wrong


def test_a_key_file_that_others_can_read_is_found(interlock: Call, servers: str, key_file: Path) -> None:
    key_file.chmod(0o640)
    assert len(of(found(interlock), "keys", "wrong")) == 1


def test_no_key_at_all_is_found(interlock: Call, servers: str, monkeypatch: Set) -> None:
    monkeypatch.delenv("INTERLOCK_KEY_FILE")
    assert of(found(interlock), "keys", "wrong") == ["there is no key-encryption key"]


@pytest.mark.parametrize("kind", ["sqlite"])
def test_a_redis_that_forgets_is_found(interlock: Call, servers: str, redis_url: str) -> None:
    with contextlib.closing(redis.Redis.from_url(redis_url)) as client:
        client.config_set("maxmemory-policy", "allkeys-lru")
        client.config_set("appendonly", "no")
    findings = found(interlock)
    assert of(findings, "queue", "wrong") == ["its maxmemory-policy is allkeys-lru: jobs may vanish"]
    assert of(findings, "queue", "warning") == ["it keeps no append-only file"]


@pytest.mark.parametrize("kind", ["sqlite"])
@pytest.mark.parametrize(
    ("url", "says"),
    [
        (f"redis://user:{PASSWORD}@127.0.0.1:1/0", "Redis does not answer (ConnectionError)"),
        (f"http://user:{PASSWORD}@127.0.0.1/", "what INTERLOCK_REDIS_URL holds is not the URL of a server"),
    ],
)
def test_a_redis_that_is_away_hides_nothing_else(
    interlock: Call, data: Path, key_file: Path, monkeypatch: Set, sqlite_template: Path, url: str, says: str, kind: str
) -> None:
    monkeypatch.setenv("INTERLOCK_REDIS_URL", url)
    monkeypatch.setenv("INTERLOCK_DATABASE_URL", f"sqlite:///{sqlite_template}")
    findings = found(interlock)
    assert of(findings, "queue", "wrong") == [says]
    assert len(of(findings, "store", "ok")) == len(of(findings, "keys", "ok")) == len(of(findings, "engine", "ok")) == 1


def test_a_password_that_redis_refuses_is_found(interlock: Call, data: Path, redis_url: str, monkeypatch: Set) -> None:
    with contextlib.closing(redis.Redis.from_url(redis_url)) as client:
        client.config_set("requirepass", "another")
    monkeypatch.setenv("INTERLOCK_REDIS_URL", f"{redis_url}?password={PASSWORD}")
    assert of(found(interlock), "queue", "wrong") == ["Redis refuses the user or the password"]


def test_a_postgresql_that_is_away_is_found(
    interlock: Call, data: Path, redis_url: str, key_file: Path, monkeypatch: Set
) -> None:
    monkeypatch.setenv("INTERLOCK_DATABASE_URL", f"postgresql://user:{PASSWORD}@127.0.0.1:1/interlock")
    findings = found(interlock)
    assert "does not answer" in of(findings, "store", "wrong")[0]
    assert of(findings, "keys", "ok") == ["1 key in the key file; not tried on the database"]


def test_a_database_of_another_version_is_found(interlock: Call, servers: str) -> None:
    statement = "UPDATE alembic_version SET version_num = '9999'"
    if servers.startswith("postgresql"):
        with psycopg.connect(servers, autocommit=True) as connection:
            [(before,)] = connection.execute("SELECT version_num FROM alembic_version").fetchall()
            connection.execute(statement)
            try:
                findings = found(interlock)
            finally:
                connection.execute("UPDATE alembic_version SET version_num = %s", [before])
    else:
        with contextlib.closing(sqlite3.connect(servers.removeprefix("sqlite:///"))) as file, file:
            file.execute(statement)
        findings = found(interlock)
    assert of(findings, "store", "wrong") == ["the database is at migration 9999, which this version does not know"]


def test_a_database_that_is_not_there_is_not_made(
    interlock: Call, data: Path, redis_url: str, key_file: Path, tmp_path: Path, monkeypatch: Set
) -> None:
    monkeypatch.setenv("INTERLOCK_DATABASE_URL", f"sqlite:///{tmp_path / 'none.sqlite'}")
    assert "there is no database at" in of(found(interlock), "store", "wrong")[0]
    assert not (tmp_path / "none.sqlite").exists()


def test_servers_that_hang_hide_nothing(data: Path, key_file: Path, monkeypatch: Set) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        monkeypatch.setenv("INTERLOCK_REDIS_URL", f"redis://:{PASSWORD}@127.0.0.1:{port}/0")
        monkeypatch.setenv("INTERLOCK_DATABASE_URL", f"postgresql://user:{PASSWORD}@127.0.0.1:{port}/interlock")
        findings = asyncio.run(examine(settings.load(), each_s=0.5))
    wrong = {finding.part: finding.says for finding in findings if finding.state == "wrong"}
    assert wrong == {"store": "there is no answer within 0.5 s", "queue": "there is no answer within 0.5 s"}
    assert [finding.state for finding in findings if finding.part == "engine"] == ["ok"]


def test_a_setting_that_is_none_is_named_and_a_wrong_one_not_repeated(
    interlock: Call, data: Path, servers: str, monkeypatch: Set
) -> None:
    monkeypatch.setenv("INTERLOCK_REDIS_ULR", PASSWORD)
    assert of(found(interlock, status=0), "settings", "warning") == [
        "INTERLOCK_REDIS_ULR is no setting: it does nothing"
    ]
    monkeypatch.setenv("INTERLOCK_PORT", PASSWORD)
    assert [finding["part"] for finding in found(interlock)] == ["settings"]


def test_a_machine_that_only_asks_is_told_of_the_api_alone(
    interlock: Call, server: Any, tmp_path: Path, monkeypatch: Set
) -> None:
    monkeypatch.setenv("INTERLOCK_DATA", str(tmp_path / "none"))
    monkeypatch.setenv("INTERLOCK_URL", server.url)
    monkeypatch.setenv("INTERLOCK_API_KEY", f"interlock_{PASSWORD}")
    server.answer("GET", "/v1/health", {"status": "ok"})
    server.refuse("GET", "/v1/ready", 503, "unavailable", hint="start Redis")
    server.refuse("GET", "/v1/triggers", 401, "key_unknown", hint="make one")
    findings = found(interlock)
    assert [finding["part"] for finding in findings] == ["settings", "api", "api", "api", "engine"]
    assert of(findings, "api", "wrong") == ["it is unavailable", "it is key_unknown"]


def test_a_part_that_breaks_hides_no_other(data: Path, monkeypatch: Set) -> None:
    async def broken() -> Any:
        yield Finding("engine", "ok", "it began")
        raise RuntimeError(PASSWORD)

    monkeypatch.setattr("interlock.executor.diagnosis.engine.check", broken)
    findings = asyncio.run(examine(settings.load()))
    assert [finding.says for finding in findings[-2:]] == ["it began", "this could not be looked at (RuntimeError)"]


@pytest.mark.parametrize(
    ("version", "state", "says"),
    [(0, "warning", "does not confine"), (2, "ok", "seccomp alone"), (7, "ok", "Landlock 7")],
)
async def test_what_the_kernel_does_for_builds_is_told(version: int, state: str, says: str) -> None:
    [finding] = [each async for each in builds.check(version)]
    assert finding.state == state
    assert says in finding.says
    assert bool(finding.hint) == (state == "warning")
