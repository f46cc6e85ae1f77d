"""`ioredis` and `redis`, unchanged, against a real Valkey: a password, pipelines, scripts, pub/sub, TLS."""

from collections.abc import Iterator

import pytest
from bundles import bundle
from certificates import Authority
from databases import Server, tls_in_front_of, valkey
from talks import Talks


@pytest.fixture(scope="module")
def database() -> Iterator[Server]:
    with valkey() as server:
        yield server


def test_ioredis_works(talk: Talks, database: Server) -> None:
    ran = talk(
        """
        const { Redis } = packages.ioredis;
        const redis = new Redis({ port: event.database, host: '127.0.0.1', password: event.password });
        await redis.set('key', 'wert ü', 'EX', 10);
        const results = await redis.pipeline().incr('n').incr('n').get('key').exec();
        const scripted = await redis.eval('return {KEYS[1], ARGV[1]}', 1, 'k', 'v');
        const other = redis.duplicate();
        const message = new Promise((resolve) => other.on('message', (channel, text) => resolve([channel, text])));
        await other.subscribe('news');
        await redis.publish('news', 'hello');
        const seen = await message;
        await redis.del('n', 'key');
        await Promise.all([redis.quit(), other.quit()]);
        return [results.map(([, value]) => value), scripted, seen];
        """,
        setup=bundle("ioredis"),
        event={"database": database.port, "password": database.password},
    )
    assert ran.value == [[1, 2, "wert ü"], ["k", "v"], ["news", "hello"]]


def test_ioredis_over_tls(talk: Talks, database: Server, authority: Authority) -> None:
    ran = talk(
        """
        const { Redis } = packages.ioredis;
        const redis = new Redis({ port: event.port, host: 'localhost', password: event.password,
          tls: { ca: event.ca } });
        const answer = await redis.ping();
        redis.disconnect();
        return answer;
        """,
        tls_in_front_of(database.port),
        tls=authority.server(),
        setup=bundle("ioredis"),
        event={"password": database.password, "ca": authority.pem},
    )
    assert ran.value == "PONG"


def test_redis_works(talk: Talks, database: Server) -> None:
    ran = talk(
        """
        const client = packages.redis.createClient({ url: `redis://:${event.password}@127.0.0.1:${event.database}` });
        await client.connect();
        await client.set('redis', 'one', { EX: 10 });
        const answers = await client.multi().get('redis').incr('m').exec();
        await client.del(['redis', 'm']);
        await client.close();
        return answers;
        """,
        setup=bundle("redis"),
        event={"database": database.port, "password": database.password},
    )
    assert ran.value == ["one", 1]


def test_a_wrong_password_is_an_error_of_the_server(talk: Talks, database: Server) -> None:
    ran = talk(
        """
        const client = packages.redis.createClient({ url: `redis://:wrong@127.0.0.1:${event.database}`,
          socket: { reconnectStrategy: false } });
        client.on('error', () => {});
        return client.connect().then(() => 'fine', (error) => error.message);
        """,
        setup=bundle("redis"),
        event={"database": database.port},
    )
    assert ran.value.startswith("WRONGPASS")
