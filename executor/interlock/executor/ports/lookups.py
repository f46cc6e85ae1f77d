"""The worker's Lookups over HTTP: the tenant's identity provider says a user's groups and roles.

The operator registers an endpoint a tenant and shares one key with it. Each request is signed as Standard Webhooks says
(https://www.standardwebhooks.com, symmetric signatures), so that what receives it can use a library of that name:

    POST <lookup_url>
    webhook-id: lku_...    webhook-timestamp: 1767225600    webhook-signature: v1,<base64 of HMAC-SHA256>
    {"type": "lookup.groups", "timestamp": "...", "data": {"tenant", "trigger", "user", "organization"}}

    200 {"groups": [{"id": "...", "name": "..."}, ...]}
"""

import asyncio
import base64
import binascii
import hmac
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import httpx
import structlog
from pydantic import JsonValue, SecretStr

from interlock.executor.errors import NotFound, SettingsRefused, StoreError
from interlock.executor.ports.lookup_clients import LookupClients
from interlock.executor.store import Database, ids, tenants
from interlock.worker.errors import LookupFailed
from interlock.worker.events import check_lookups
from interlock.worker.lookups import unavailable
from interlock.worker.ports import LookupKind, Subject

ANSWER_S: Final = 5.0
"""How long an answer may take, connecting included: somebody is logging in."""
ANSWER_BYTES: Final = 1 << 20
PREFIX: Final = "whsec_"
"""What a key begins with (Standard Webhooks)."""
KEY_BYTES: Final = (24, 64)
"""How long a key may be (Standard Webhooks)."""

_TOLD: Final = ("user", "organization")
"""What an endpoint is told of an event: who it is about."""

_log: Final = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, repr=False)
class LookupKey:
    """The keys that requests are signed with, the newest first: with all of them, so that one can be replaced."""

    keys: tuple[bytes, ...]

    @classmethod
    def parse(cls, text: SecretStr) -> "LookupKey":
        """Return the keys of a setting: `whsec_<base64>`, several apart by blanks. Raises SettingsRefused."""
        words = text.get_secret_value().split()
        try:
            keys = tuple(base64.b64decode(word.removeprefix(PREFIX), validate=True) for word in words)
        except binascii.Error:
            raise _refused() from None
        if not keys or any(not KEY_BYTES[0] <= len(key) <= KEY_BYTES[1] for key in keys):
            raise _refused()
        return cls(keys)

    def sign(self, message: str, at: int, body: bytes) -> str:
        """Return the header `webhook-signature` of a message of this id, sent at this second."""
        signed = f"{message}.{at}.".encode() + body
        return " ".join(f"v1,{base64.b64encode(hmac.digest(key, signed, 'sha256')).decode()}" for key in self.keys)


class HttpLookups:
    """Asks the endpoint that is registered for the tenant. Serves any number of lookups at the same time."""

    def __init__(
        self,
        database: Database,
        clients: LookupClients,
        key: LookupKey | None,
        now_s: Callable[[], float] = time.time,
    ) -> None:
        """Use an open store and open clients; without a key nobody is asked."""
        self._database = database
        self._clients = clients
        self._key = key
        self._now_s = now_s

    async def get(self, subject: Subject, kind: LookupKind) -> Sequence[JsonValue]:
        """Return all groups or roles of the event's user. Raises LookupFailed."""
        url = await self._url(subject.tenant)
        if not url:
            raise LookupFailed("lookup_unavailable", f"{unavailable(kind)}, or let the operator register a lookup_url")
        if self._key is None:
            raise _failed(subject, kind, "INTERLOCK_LOOKUP_KEY is not set")
        try:
            # The client's own timeouts are for each piece, and pieces may come without end.
            async with asyncio.timeout(ANSWER_S):
                answer = await self._asked(url, self._key, subject, kind)
            return _answers(answer, kind)
        except TimeoutError:
            raise _failed(subject, kind, f"it did not answer within {ANSWER_S:g} s") from None
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise _failed(subject, kind, type(error).__name__) from None
        except ValueError as wrong:
            raise _failed(subject, kind, str(wrong)) from None

    async def _url(self, tenant: str) -> str:
        try:
            async with self._database.reading() as transaction:
                return (await tenants.get(transaction, tenant)).lookup_url
        except NotFound:
            return ""
        except StoreError as away:
            raise LookupFailed(
                "lookup_failed", f"the user's groups and roles cannot be asked for: {away.code}"
            ) from None

    async def _asked(self, url: str, key: LookupKey, subject: Subject, kind: LookupKind) -> bytes:
        """Return an answer's body. Raises httpx.HTTPError, and ValueError that says what is wrong with the answer."""
        now = self._now_s()
        message, body = ids.new("lku"), _body(subject, kind, datetime.fromtimestamp(now, UTC))
        headers = {
            "content-type": "application/json",
            "accept-encoding": "identity",
            "webhook-id": message,
            "webhook-timestamp": str(int(now)),
            "webhook-signature": key.sign(message, int(now), body),
        }
        async with (
            self._clients.of(subject.tenant) as client,
            client.stream("POST", url, content=body, headers=headers) as response,
        ):
            if response.status_code != httpx.codes.OK:
                raise ValueError(f"it answered {response.status_code}")
            found = bytearray()
            # As they come: a few encoded ones may become many.
            async for part in response.aiter_raw():
                found += part
                if len(found) > ANSWER_BYTES:
                    raise ValueError(f"its answer has more than {ANSWER_BYTES} bytes")
            return bytes(found)


def new_key(random: Callable[[int], bytes]) -> str:
    """Return a new key as a setting has it."""
    return PREFIX + base64.b64encode(random(32)).decode()


def _body(subject: Subject, kind: LookupKind, at: datetime) -> bytes:
    about = {name: subject.event[name] for name in _TOLD if name in subject.event}
    document = {
        "type": f"lookup.{kind}",
        "timestamp": at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "data": {"tenant": subject.tenant, "trigger": subject.trigger, **about},
    }
    return json.dumps(document, separators=(",", ":")).encode()


def _answers(body: bytes, kind: LookupKind) -> Sequence[JsonValue]:
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        raise ValueError("its answer is no JSON") from None
    answers = document.get(kind) if isinstance(document, dict) else None
    if not isinstance(answers, list) or any(check_lookups({kind: answers})):
        raise ValueError(f'its answer is not {{"{kind}": [{{"id": "...", "name": "..."}}]}}')
    return answers


def _failed(subject: Subject, kind: LookupKind, why: str) -> LookupFailed:
    # The reason is the operator's: the action's author learns that there is none, not how the endpoint is built.
    _log.warning("lookup_failed", tenant=subject.tenant, trigger=subject.trigger, kind=kind, why=why)
    return LookupFailed(
        "lookup_failed", f"the identity provider did not say the user's {kind}; the operator's log says why"
    )


def _refused() -> SettingsRefused:
    return SettingsRefused(
        "INTERLOCK_LOOKUP_KEY is not a key.",
        f"Give {PREFIX} and the base64 of {KEY_BYTES[0]} to {KEY_BYTES[1]} random bytes: "
        f'`echo "{PREFIX}$(openssl rand -base64 32)"`.',
    )
