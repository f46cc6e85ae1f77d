"""`pg` and `postgres`, unchanged, against a real PostgreSQL: SCRAM, TLS, pools, parameters, errors."""

from collections.abc import Iterator

import pytest
from bundles import bundle
from certificates import Authority
from databases import Server, postgres, tls_in_front_of
from talks import Talks

CLIENT = """
const { Client, Pool } = packages.pg;
const config = { host: '127.0.0.1', port: event.database, user: 'postgres', password: event.password,
  database: 'postgres' };
"""


@pytest.fixture(scope="module")
def database() -> Iterator[Server]:
    with postgres() as server:
        yield server


def test_a_client_proves_its_password_and_asks(talk: Talks, database: Server) -> None:
    ran = talk(
        f"""{CLIENT}
        const client = new Client(config);
        await client.connect();
        const {{ rows, rowCount }} = await client.query('select $1::int + 1 as n, $2::text as t, $3::timestamptz as at',
          [41, "it's ü", new Date(0)]);
        await client.end();
        return [rows, rowCount];
        """,
        setup=bundle("pg"),
        event={"database": database.port, "password": database.password},
    )
    assert ran.value == [[{"n": 42, "t": "it's ü", "at": "1970-01-01T00:00:00.000Z"}], 1]


def test_an_upsert_as_in_the_recipe(talk: Talks, database: Server) -> None:
    ran = talk(
        """
        const { Client } = packages.pg;
        const client = new Client({ connectionString:
          `postgresql://postgres:${encodeURIComponent(event.password)}@127.0.0.1:${event.database}/postgres` });
        await client.connect();
        await client.query('create table users (id text primary key, logins int not null)');
        const upsert = `insert into users values ($1, 1)
          on conflict (id) do update set logins = users.logins + 1 returning logins`;
        const logins = [];
        for (let i = 0; i < 3; i++) logins.push((await client.query(upsert, ['auth0|1'])).rows[0].logins);
        await client.query('drop table users');
        await client.end();
        return logins;
        """,
        setup=bundle("pg"),
        event={"database": database.port, "password": database.password},
    )
    assert ran.value == [1, 2, 3]


def test_a_pool_shares_its_clients(talk: Talks, database: Server) -> None:
    ran = talk(
        f"""{CLIENT}
        const pool = new Pool({{ ...config, max: 3 }});
        const answers = await Promise.all([1, 2, 3, 4, 5, 6].map((n) => pool.query('select $1::int as n', [n])));
        const {{ totalCount, idleCount }} = pool;
        await pool.end();
        return [answers.map(({{ rows }}) => rows[0].n), totalCount, idleCount];
        """,
        setup=bundle("pg"),
        event={"database": database.port, "password": database.password},
    )
    assert ran.value == [[1, 2, 3, 4, 5, 6], 3, 3]
    assert ran.network.kinds().count("socket.connect") == 3


def test_a_client_over_tls_is_verified(talk: Talks, database: Server, authority: Authority) -> None:
    ran = talk(
        """
        const { Client } = packages.pg;
        const client = new Client({ host: 'localhost', port: event.port, user: 'postgres', password: event.password,
          database: 'postgres', ssl: { ca: event.ca } });
        await client.connect();
        const { rows } = await client.query('select 1 as one');
        const { encrypted, authorized } = client.connection.stream;
        await client.end();
        return [rows, encrypted, authorized];
        """,
        tls_in_front_of(database.port, asks=authority.server()),
        setup=bundle("pg"),
        event={"password": database.password, "ca": authority.pem},
    )
    assert ran.value == [[{"one": 1}], True, True]


def test_a_wrong_password_and_a_wrong_query_are_errors_of_the_database(talk: Talks, database: Server) -> None:
    ran = talk(
        f"""{CLIENT}
        const wrong = await new Client({{ ...config, password: 'no' }}).connect().catch((error) => error.code);
        const client = new Client(config);
        await client.connect();
        const query = await client.query('selec 1').catch((error) => [error.code, error.message]);
        await client.end();
        return [wrong, query];
        """,
        setup=bundle("pg"),
        event={"database": database.port, "password": database.password},
    )
    assert ran.value == ["28P01", ["42601", 'syntax error at or near "selec"']]


def test_a_result_of_megabytes_arrives(talk: Talks, database: Server) -> None:
    ran = talk(
        f"""{CLIENT}
        const client = new Client(config);
        await client.connect();
        const {{ rows }} = await client.query("select repeat('x', 1000) as x from generate_series(1, 3000)");
        await client.end();
        return rows.reduce((sum, row) => sum + row.x.length, 0);
        """,
        setup=bundle("pg"),
        event={"database": database.port, "password": database.password},
    )
    assert ran.value == 3_000_000


def test_a_database_behind_the_policy_is_refused_with_a_hint(talk: Talks) -> None:
    ran = talk(
        """
        const client = new packages.pg.Client({ host: 'db.internal' });
        return client.connect().catch((error) => [error.code, error.message]);
        """,
        setup=bundle("pg"),
    )
    code, message = ran.value
    assert code == "EACCES"
    assert "private" in message


def test_postgres_js_does_the_same(talk: Talks, database: Server) -> None:
    ran = talk(
        """
        const sql = packages.postgres({ host: '127.0.0.1', port: event.database, user: 'postgres',
          password: event.password, database: 'postgres', max: 2, fetch_types: false });
        const rows = await sql`select ${41}::int + 1 as n, ${'ü'}::text as t`;
        const all = await Promise.all([1, 2, 3].map((n) => sql`select ${n}::int as n`));
        await sql.end();
        return [[...rows], all.map(([{ n }]) => n)];
        """,
        setup=bundle("postgres"),
        event={"database": database.port, "password": database.password},
    )
    assert ran.value == [[{"n": 42, "t": "ü"}], [1, 2, 3]]
