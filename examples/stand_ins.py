"""Stand-ins for what recipes and their users talk to, real servers all of them: PostgreSQL, SMTP with STARTTLS, HTTPS.

They are the tests' own, listen on localhost at ports that are free, have certificates of an authority that is made for
them, and end with the demo. A recipe says which it needs, and means their places by `{postgres}`, `{smtp}`, `{web}`
and `{page}`.
"""

import contextlib
import email
import logging
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from email.header import decode_header, make_header
from pathlib import Path
from typing import Any, Final

import psycopg
from consent_page import ConsentPage
from psycopg.rows import dict_row

import authority
import postgres_server
import serving_thread
import tokens
from scripted_web import ScriptedWeb
from smtp_server import SmtpServer
from tls_proxy import TlsProxy
from web_server import WebServer

_KEYS: Final = ("ours", "partner", "stranger")


@dataclass(frozen=True)
class StandIns:
    """What runs. `values` are what recipes mean by names in braces; `ca` is the file of the authority."""

    ca: Path
    places: Mapping[str, str]
    values: Mapping[str, str]
    _database: Path
    _smtp: SmtpServer
    _web: WebServer
    _script: ScriptedWeb
    _page: ConsentPage

    def prepare(self, recipe: Path) -> None:
        """Make the tables of a recipe, if it has any."""
        tables = recipe / "tables.sql"
        if tables.exists():
            postgres_server.execute(self._database, tables.read_text("utf-8"))

    def begin(self, wanted: Mapping[str, Any], answers: Mapping[str, Any]) -> None:
        """Forget what came, and answer as a case says. `wanted`: the recipe's "stand_ins"."""
        self._smtp.received.clear()
        self._web.received.clear()
        self._script.begin(wanted.get("web", {}), answers)
        self._page.begin()

    def visit(self, url: str, choice: Mapping[str, Any], secrets: Mapping[str, str]) -> dict[str, str]:
        """Go to the page as a user's browser does, and return the query that it comes back with."""
        return self._page.visited(url, choice, secrets, self.ca)

    def arrived(self, wanted: Mapping[str, Any]) -> dict[str, list[Any]]:
        """Return what came since, and the rows that are there now, by the name of the stand-in."""
        found: dict[str, Callable[[], list[Any]]] = {
            "postgres": lambda: self._rows(wanted["postgres"]["shows"]),
            "smtp": lambda: [_mail(each) for each in self._smtp.received],
            "web": lambda: [self._script.shown(each) for each in self._web.received],
            "page": lambda: [*self._page.shown],
        }
        return {name: found[name]() for name in wanted}

    def _rows(self, query: str) -> list[Any]:
        url = postgres_server.url(self._database)
        with psycopg.connect(url, row_factory=dict_row) as connection:
            return connection.execute(query.encode()).fetchall()


@contextlib.contextmanager
def opened(folder: Path, wanted: Collection[str]) -> Iterator[StandIns]:
    """Start those that are wanted; a folder is given that is empty."""
    made = authority.make(folder, ["localhost"])
    keys = {
        f"{name}.{half}": pem for name in _KEYS for half, pem in zip(("private", "public"), tokens.pair(), strict=True)
    }
    # aiosmtpd tells of what it will change itself.
    logging.getLogger("mail.log").addHandler(logging.NullHandler())
    script = ScriptedWeb(keys)
    page = ConsentPage()
    smtp, web = SmtpServer(made.context), WebServer(made.context, script.answer)
    servers: dict[str, serving_thread.Server] = {
        "smtp": smtp,
        "web": web,
        "page": WebServer(made.context, page.answer),
    }
    with contextlib.ExitStack() as stack:
        database = folder
        if "postgres" in wanted:
            database = stack.enter_context(postgres_server.running())
            servers["postgres"] = TlsProxy(made.context, database / postgres_server.SOCKET, asked=True)
        started = {name: server for name, server in servers.items() if name in wanted}
        ports = stack.enter_context(serving_thread.running([*started.values()]))
        places = {name: f"localhost:{port}" for name, port in zip(started, ports, strict=True)}
        yield StandIns(made.ca, places, {**keys, **places}, database, smtp, web, script, page)


def _mail(received: Mapping[str, Any]) -> dict[str, Any]:
    message = email.message_from_string(received["text"])
    text = message.get_payload(decode=True)
    return {
        "over_tls": received["tls"],
        "recipients": received["to"],
        **{name.lower(): _decoded(message[name]) for name in ("From", "To", "Subject", "Message-ID")},
        "text": text.decode("utf-8", "replace").splitlines() if isinstance(text, bytes) else [],
    }


def _decoded(value: str) -> str:
    return str(make_header(decode_header(value))).strip()
