"""Migrations, and what happens at start when database and code do not fit together."""

import asyncio
import json
import stat
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from interlock.executor import errors
from interlock.executor.store import Database, engines, executions, migrate, opened, records, schema, tables
from interlock.executor.store.columns import Document, Moment, Source, Word

OURS = (Document, Moment, Source, Word)


async def test_a_new_database_gets_every_table_and_opens(empty_url: str) -> None:
    await migrate(empty_url)
    async with opened(empty_url) as database, database.reading() as transaction:
        for table in tables.METADATA.sorted_tables:
            assert await transaction.count(table.select()) == 0


async def test_migrating_again_changes_nothing(url: str) -> None:
    migrated = await migrate(url)
    assert migrated.before == migrated.after
    async with opened(url):
        pass


async def test_several_that_migrate_at_once_take_turns(empty_url: str) -> None:
    migrated = await asyncio.gather(*(migrate(empty_url) for _ in range(4)))
    assert [each.before for each in migrated].count(None) == 1
    async with opened(empty_url):
        pass


async def test_the_migrations_make_exactly_the_tables_of_the_code(database: Database) -> None:
    def differences(connection: Connection) -> list[object]:
        def compare(_context: object, _column: object, _metadata: object, made: object, wanted: object) -> bool | None:
            # Our types are known by what they are kept as.
            plain = wanted.impl if isinstance(wanted, OURS) else None
            return (
                None if plain is None else getattr(made, "_type_affinity", 0) is not getattr(plain, "_type_affinity", 1)
            )

        context = MigrationContext.configure(connection, opts={"compare_type": compare})
        return list(compare_metadata(context, tables.METADATA))

    async with database.reading() as transaction:
        assert await transaction.connection.run_sync(differences) == []


async def test_a_database_without_tables_is_told_from_one_that_is_ready(empty_url: str) -> None:
    with pytest.raises(errors.WrongSchema, match="no tables") as refused:
        async with opened(empty_url):
            pytest.fail("was opened")
    assert refused.value.code == "schema_missing"
    assert "migrate" in refused.value.hint


async def test_a_database_newer_than_the_code_is_refused_and_left_alone(empty_url: str) -> None:
    await migrate(empty_url)
    await _set_revision(empty_url, "9999")
    with pytest.raises(errors.WrongSchema) as at_start:
        async with opened(empty_url):
            pytest.fail("was opened")
    with pytest.raises(errors.WrongSchema) as at_migration:
        await migrate(empty_url)
    assert at_start.value.code == at_migration.value.code == "schema_newer"


async def test_a_database_older_than_the_code_is_refused(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    newer = (*schema.numbers(), "9999")
    monkeypatch.setattr(schema, "numbers", lambda: newer)
    with pytest.raises(errors.WrongSchema) as refused:
        async with opened(url):
            pytest.fail("was opened")
    assert refused.value.code == "schema_older"


def test_migrations_are_numbered_by_their_files() -> None:
    scripts = ScriptDirectory(str(schema.MIGRATIONS), version_locations=[str(schema.MIGRATIONS)])
    assert [script.revision for script in scripts.walk_revisions()] == [*reversed(schema.numbers())]


async def test_a_database_of_somebody_else_is_not_touched(empty_url: str) -> None:
    engine = engines.create(empty_url)
    async with engine.begin() as connection:
        await connection.execute(text("CREATE TABLE theirs (id INTEGER)"))
    await engine.dispose()
    with pytest.raises(errors.WrongSchema) as refused:
        await migrate(empty_url)
    assert refused.value.code == "not_ours"


async def test_an_sqlite_file_is_its_owners_alone_and_keeps_a_log(tmp_path: Path) -> None:
    path = tmp_path / "new" / "store.sqlite"
    await migrate(f"sqlite:///{path}")
    async with opened(f"sqlite:///{path}") as database, database.writing() as transaction:
        settings = {
            name: (await transaction.execute(text(f"PRAGMA {name}"))).scalar_one()
            for name in ("journal_mode", "foreign_keys", "busy_timeout", "synchronous")
        }
        modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()}
    assert settings == {"journal_mode": "wal", "foreign_keys": 1, "busy_timeout": 10000, "synchronous": 2}
    assert set(modes.values()) == {0o600}
    assert len(modes) > 1
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


@pytest.mark.parametrize("url", ["mysql://host/x", "nonsense", "sqlite://", "sqlite:///:memory:"])
async def test_a_url_that_cannot_work_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(errors.Invalid) as refused:
        await migrate(url)
    assert refused.value.code == "database_url"
    assert "sqlite:///" in refused.value.hint


async def test_a_server_that_is_away_is_unavailable_and_its_password_untold(tmp_path: Path) -> None:
    with pytest.raises(errors.Unavailable) as refused:
        async with opened(f"postgresql://me:hunter22@/x?host={tmp_path}"):
            pytest.fail("was opened")
    assert refused.value.code == "store_unavailable"
    assert "hunter22" not in str(refused.value) + refused.value.hint


async def test_a_file_that_is_no_database_is_unavailable(tmp_path: Path) -> None:
    path = tmp_path / "text"
    path.write_text("not a database, but long enough to be looked at " * 100)
    with pytest.raises(errors.Unavailable):
        async with opened(f"sqlite:///{path}"):
            pytest.fail("was opened")


async def test_a_folder_that_cannot_be_made_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(errors.Unavailable):
        await migrate(f"sqlite:///{tmp_path / 'file' / 'store.sqlite'}")


async def _set_revision(url: str, revision: str) -> None:
    engine = engines.create(url)
    async with engine.begin() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = :to"), {"to": revision})
    await engine.dispose()


async def test_events_that_were_there_before_they_were_sealed_stay_readable(
    empty_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    upgrade = ScriptDirectory._upgrade_revs
    with monkeypatch.context() as before:
        before.setattr(ScriptDirectory, "_upgrade_revs", lambda self, _head, at: upgrade(self, "0003", at))
        await migrate(empty_url)
    engine = engines.create(empty_url)
    async with engine.begin() as connection:
        await connection.execute(
            text("INSERT INTO tenants (id, name, limits, egress, created_at) VALUES ('acme', 'Acme', '{}', '{}', 1)")
        )
        await connection.execute(
            text(
                "INSERT INTO executions (id, tenant_id, trigger, entity, release_number, blocking, status, attempt,"
                " event, accepted_at, deadline) VALUES ('e1', 'acme', 't', '', 1, false, 'accepted', 0, :event, 1, 2)"
            ),
            {"event": '{"user": "\\u00e4"}'},
        )
    await engine.dispose()
    await migrate(empty_url)
    async with opened(empty_url) as database, database.reading() as transaction:
        assert (await executions.get(transaction, "acme", "e1")).status == "accepted"
        record = await records.get(transaction, "acme", "e1")
        assert (record.data_key, json.loads(record.event)) == (None, {"user": "ä"})
