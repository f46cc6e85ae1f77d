"""A first operator key, made by whoever has the database."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from interlock.executor import store
from interlock.executor.store import api_keys, audit

Call = Callable[..., Any]


def migrated(path: Path) -> str:
    url = f"sqlite:///{path}"
    asyncio.run(store.migrate(url))
    return url


async def known(url: str, text: str) -> tuple[api_keys.ApiKey, list[audit.Entry]]:
    async with store.opened(url) as database, database.reading() as transaction:
        return await api_keys.verify(transaction, text), [*(await audit.page(transaction, None)).items]


def test_a_first_key_is_the_operators_and_stands_in_the_audit(interlock: Call, data: Path) -> None:
    url = migrated(data / "interlock.sqlite")
    finished = interlock("keys", "create", "--operator", "--local", "--name", "first")
    assert finished.status == 0
    text = finished.out.removesuffix("\n")
    key, [entry] = asyncio.run(known(url, text))
    assert (key.is_operator, key.name, key.scopes) == (True, "first", ())
    assert (entry.actor, entry.noun_id) == ("local", key.id)
    assert text not in json.dumps(dict(entry.details)) + finished.err


def test_a_database_elsewhere_is_named_by_its_url(
    interlock: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = migrated(tmp_path / "other.sqlite")
    monkeypatch.setenv("INTERLOCK_DATABASE_URL", url)
    finished = interlock("keys", "create", "--operator", "--local", "--scope", "audit:read", "--json")
    key, _ = asyncio.run(known(url, finished.json["key"]))
    assert (key.scopes, key.id) == (("audit:read",), finished.json["id"])


def test_without_a_database_nothing_is_made(interlock: Call, data: Path) -> None:
    finished = interlock("keys", "create", "--operator", "--local")
    assert "error[no_database]" in finished.err
    assert list(data.iterdir()) == []


@pytest.mark.parametrize("options", [["--local"], ["--operator", "--local", "--scope", "everything"]])
def test_only_the_operators_keys_with_scopes_that_exist_are_made(
    interlock: Call, data: Path, options: list[str]
) -> None:
    migrated(data / "interlock.sqlite")
    finished = interlock("keys", "create", *options)
    assert (finished.status, finished.out) == (2, "")
    assert "error[usage]" in finished.err
