"""Requests to `/v1` and their answers.

Rules of this file:
- The key is in one header of requests to one address. No redirect is followed: it could lead to another host. Without
  TLS no proxy of the environment is used either: it would read the key.
- What a name holds is one segment of a path, whatever is in it.
- Every request has a time-out, and every failure is an `ApiFailed` that says the next step.
"""

import contextlib
import json
import ssl
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from importlib import metadata
from types import TracebackType
from typing import Any, Final, Self
from urllib.parse import quote

import httpx
from pydantic import JsonValue, TypeAdapter, ValidationError

from interlock.executor.client.access import Access
from interlock.executor.client.problems import problem
from interlock.executor.client.streaming import Event, events
from interlock.executor.errors import ApiFailed, Misused

CONNECT_S: Final = 5.0
ANSWER_S: Final = 30.0
"""How long an answer may take, beyond what the request itself asks to wait."""

Record = Mapping[str, Any]
"""A JSON object of an answer: members that a newer API adds do no harm."""

_RECORD: Final = TypeAdapter(dict[str, JsonValue])
_START: Final = "Is it running? `interlock dev` starts it in this folder; INTERLOCK_URL says where else it is."


@dataclass(frozen=True, slots=True)
class Found:
    """An answer: its status, its JSON object (empty when there is none) and its headers."""

    status: int
    record: Record = field(repr=False)
    headers: Mapping[str, str]


class Client:
    """Asks an API. A context manager: it holds a connection.

    Parts of a path are names as they are: `client.get("tenants", tenant, "actions")`.
    """

    def __init__(self, access: Access, *, connect_s: float = CONNECT_S, answer_s: float = ANSWER_S) -> None:
        """Use an address and a key."""
        self._url = access.url
        self._connect_s, self._answer_s = connect_s, answer_s
        self._http = httpx.Client(
            headers={
                "authorization": f"Bearer {access.key.get_secret_value()}",
                "accept": "application/json, application/problem+json",
                "user-agent": f"interlock/{metadata.version('interlock')}",
            },
            follow_redirects=False,
            trust_env=access.url.scheme == "https",
            # The system's certificates and SSL_CERT_FILE: an operator's API may have a certificate of their own.
            verify=ssl.create_default_context(),
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.close()

    def get(self, *path: str, **query: str | float | bool | None) -> Record:
        """Return what is there. What of the query is None is left out."""
        return self.ask("GET", *path, query=query).record

    def post(self, *path: str, body: JsonValue = None) -> Record:
        """Return what was made or done."""
        return self.ask("POST", *path, body=body).record

    def put(self, *path: str, body: JsonValue = None, **query: str | None) -> Record:
        """Return what stands there now."""
        return self.ask("PUT", *path, body=body, query=query).record

    def patch(self, *path: str, body: JsonValue) -> Record:
        """Return what stands there with these changes."""
        return self.ask("PATCH", *path, body=body).record

    def delete(self, *path: str, **query: str | bool | None) -> None:
        """Delete what is there."""
        self.ask("DELETE", *path, query=query)

    def ask(
        self,
        method: str,
        *path: str,
        body: JsonValue = None,
        query: Mapping[str, str | float | bool | None] | None = None,
        headers: Mapping[str, str] | None = None,
        wait_s: float = 0,
    ) -> Found:
        """Return the answer to any request. `wait_s`: how long the API is asked to wait. Raises ApiFailed."""
        given = {name: _text(value) for name, value in (query or {}).items() if value is not None}
        sent = {**(headers or {}), **({"content-type": "application/json"} if body is not None else {})}
        try:
            response = self._http.request(
                method,
                f"{self._url}/v1/{'/'.join(map(_segment, path))}",
                params=given,
                content=None if body is None else _written(body),
                headers=sent,
                timeout=httpx.Timeout(self._answer_s + wait_s, connect=self._connect_s),
            )
        except httpx.TimeoutException as error:
            raise self._away("did not answer in time", certain=isinstance(error, httpx.ConnectTimeout)) from None
        except httpx.ConnectError as error:
            invalid = "certificate" in str(error).lower()
            what = "has a certificate that is not valid here" if invalid else "does not answer"
            raise self._away(what, certain=True) from None
        except httpx.RequestError:
            raise self._away("broke the connection off", certain=False) from None
        return self._answer(response)

    @contextlib.contextmanager
    def stream(
        self, *path: str, query: Mapping[str, str | None], headers: Mapping[str, str], silence_s: float
    ) -> Iterator[Iterator[Event]]:
        """Give events as they come, until the API ends the answer. Raises ApiFailed; also after so long a silence."""
        given = {name: value for name, value in query.items() if value is not None}
        url = f"{self._url}/v1/{'/'.join(map(_segment, path))}"
        timeout = httpx.Timeout(silence_s, connect=self._connect_s)
        sent = {**headers, "accept": "text/event-stream, application/problem+json"}
        try:
            with self._http.stream("GET", url, params=given, headers=sent, timeout=timeout) as response:
                if not response.is_success:
                    response.read()
                    self._answer(response)
                yield events(response.iter_lines())
        except httpx.RequestError as error:
            raise self._away("broke the stream off", certain=isinstance(error, httpx.ConnectError)) from None

    def _answer(self, response: httpx.Response) -> Found:
        if response.is_redirect:
            raise ApiFailed(
                "api_redirects",
                f"{self._url} sends requests elsewhere; none was followed, as it would carry the key there.",
                "Set INTERLOCK_URL to the address where the API itself is.",
            )
        if not response.is_success:
            raise problem(response, str(self._url))
        return Found(response.status_code, self._record(response), response.headers)

    def _record(self, response: httpx.Response) -> Record:
        if not response.content:
            return {}
        try:
            return _RECORD.validate_json(response.content)
        except ValidationError:
            raise ApiFailed(
                "api_unreadable",
                f"What {self._url} answered is no JSON object.",
                "Does INTERLOCK_URL name Interlock's API?",
            ) from None

    def _away(self, what: str, *, certain: bool) -> ApiFailed:
        hint = _START if certain else "The request may have been carried out: look before you repeat it."
        return ApiFailed("api_unavailable", f"The API at {self._url} {what}.", hint)


def _segment(name: str) -> str:
    # An empty segment or one of dots would make the path that of something else.
    if name in {"", ".", ".."}:
        raise Misused("usage", "A name is empty or only dots.", "Give the name or the id of what is meant.")
    return quote(name, safe="", errors="surrogatepass")


def _text(value: str | float) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _written(body: JsonValue) -> bytes:
    try:
        return json.dumps(body, allow_nan=False, ensure_ascii=False, separators=(",", ":")).encode()
    except UnicodeEncodeError:
        # Half of a surrogate pair, which JSON allows and UTF-8 does not: as an escape it arrives as it was written.
        return json.dumps(body, allow_nan=False, separators=(",", ":")).encode("ascii")
