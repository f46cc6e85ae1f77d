"""All stand-ins of one session of tests: started together, on free ports of the loopback, in a thread of their own.

with stage.opened(folder) as servers:
    servers.reset()
    servers.pins        {"api.example.com:443": 40123, ...}: where each name and port really is
    servers.received()  what came since
"""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import redis
from cryptography.hazmat.primitives.asymmetric import ec, rsa

import authority
import postgres_server
import serving_thread
import web_answers
from interlock.executor.embedded import valkey
from mongo_server import PASSWORD as MONGO_PASSWORD
from mongo_server import MongoServer
from mysql_server import PASSWORD as MYSQL_PASSWORD
from mysql_server import MysqlServer
from smtp_server import PASSWORD as SMTP_PASSWORD
from smtp_server import USER as SMTP_USER
from smtp_server import SmtpServer
from tls_proxy import TlsProxy
from web_server import WebServer

REDIS_PASSWORD = "redis-password"
_NAMES = ("db.example.com", "cache.example.com", "smtp.example.com", "mysql.example.com", "mongo.example.com")
_TABLES = """
    CREATE TABLE logins (user_id text PRIMARY KEY, email text, logins int NOT NULL DEFAULT 1, seen_at timestamptz);
    CREATE TABLE plans (email text PRIMARY KEY, data jsonb);
    INSERT INTO plans VALUES ('ada.byrne@example.com', '{"plan": "enterprise", "seats": 25}');
"""


@dataclass(frozen=True)
class Stage:
    """What runs. `secrets` are what actions are given, by the names in the cases."""

    ca: Path
    pins: dict[str, int]
    secrets: dict[str, str]
    web: WebServer
    smtp: SmtpServer
    mysql: MysqlServer
    mongo: MongoServer
    postgres: str
    cache: redis.Redis

    def reset(self) -> None:
        """Forget all that came."""
        for received in (self.web.received, self.smtp.received, self.mysql.received, self.mongo.received):
            received.clear()
        self.mongo.kept.clear()
        self.cache.flushall()
        with psycopg.connect(self.postgres, autocommit=True) as connection:
            connection.execute("TRUNCATE logins")

    def received(self) -> dict[str, Any]:
        """Return what came, by the kind of server; of databases what is in them now."""
        with psycopg.connect(self.postgres) as connection:
            rows = connection.execute("SELECT user_id, email, logins FROM logins ORDER BY 1").fetchall()
        keys = sorted(str(key) for key in self.cache.scan_iter())
        return {
            "web": [each.shown() for each in self.web.received],
            "mail": list(self.smtp.received),
            "mysql": list(self.mysql.received),
            "mongo": list(self.mongo.received),
            "logins": [list(row) for row in rows],
            "keys": keys,
        }


@contextlib.contextmanager
def opened(folder: Path) -> Iterator[Stage]:
    """Start all. `folder` is empty, and holds the authority and Valkey's data."""
    names = (*web_answers.HOSTS, *_NAMES)
    made = authority.make(folder, names)
    rsa_key = rsa.generate_private_key(65537, 2048)
    jwks = {"keys": [authority.jwk(rsa_key, "partner-rsa")]}
    claims = {"iss": "https://idp.example.com", "sub": "partner|17", "iat": 1772442871, "exp": 4102444800}
    partner = authority.token(rsa_key, "partner-rsa", dict(claims))
    with contextlib.ExitStack() as stack:
        database = stack.enter_context(postgres_server.running())
        postgres_server.execute(database, _TABLES)
        cache = stack.enter_context(valkey(folder / "valkey"))
        client = redis.Redis.from_url(cache.url)
        client.config_set("requirepass", REDIS_PASSWORD)
        client.close()
        web = WebServer(made.context, web_answers.answers(jwks, partner))
        smtp, mysql, mongo = SmtpServer(made.context), MysqlServer(made.context), MongoServer(made.context)
        servers: list[serving_thread.Server] = [web, smtp, mysql, mongo]
        servers.append(TlsProxy(made.context, database / postgres_server.SOCKET, asked=True))
        servers.append(TlsProxy(made.context, Path(cache.url.removeprefix("unix://")), asked=False))
        ports = stack.enter_context(serving_thread.running(servers))
        at = dict(zip(("web", "smtp", "mysql", "mongo", "db", "cache"), ports, strict=True))
        pins = {f"{host}:443": at["web"] for host in web_answers.HOSTS}
        # A client that looks a name up by itself connects to an address: so these have the ports they really are at.
        named = {host: at[host.partition(".")[0]] for host in _NAMES}
        pins |= {f"{host}:{port}": port for host, port in named.items()}
        secrets = _secrets(made, rsa_key, at)
        cleared = redis.Redis.from_url(cache.url, password=REDIS_PASSWORD, decode_responses=True)
        stack.callback(cleared.close)
        url = postgres_server.url(database)
        yield Stage(made.ca, pins, secrets, web, smtp, mysql, mongo, url, cleared)


def _secrets(made: authority.Authority, rsa_key: rsa.RSAPrivateKey, at: dict[str, int]) -> dict[str, str]:
    database = f"postgresql://app:{postgres_server.PASSWORD}@db.example.com:{at['db']}/postgres"
    return {
        "database": f"{database}?sslmode=verify-full",
        "database_plain": database,
        "database_ca": made.pem,
        "redis": f"rediss://default:{REDIS_PASSWORD}@cache.example.com:{at['cache']}",
        "mysql": f"mysql://app:{MYSQL_PASSWORD.decode()}@mysql.example.com:{at['mysql']}/logins",
        "mongo": f"mongodb://app:{MONGO_PASSWORD.decode()}@mongo.example.com:{at['mongo']}/?tls=true&directConnection=true"
        "&authMechanism=SCRAM-SHA-256",
        "smtp_port": str(at["smtp"]),
        "smtp_user": SMTP_USER.decode(),
        "smtp_password": SMTP_PASSWORD.decode(),
        "rsa_key": authority.private_pem(rsa_key),
        "rsa_certificate": authority.self_signed(rsa_key),
        "ec_key": authority.private_pem(ec.generate_private_key(ec.SECP256R1())),
        "google": authority.google_account(rsa_key),
    }
