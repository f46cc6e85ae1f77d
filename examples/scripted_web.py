"""What the HTTPS stand-in answers, and what came to it: both as a recipe's cases.json says.

"web": {
  "bearer":  a token that every request has to bear, or {"signed_with": "ours"} for one that this key signed
  "shows":   the headers that are shown of a request
  "answers": {"POST /v1/contacts": ANSWER}
}
ANSWER is {"status": 200, "json" or "text" or "token" or "keys": the body, "after_s": 0}, "keys" being names of those
that are published, or {"hangs_up": true}; a list of such is given in turn, its last for good. The answers of a case
come first.
"""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import urlencode

import tokens
from web_server import Answer, Request

_REFUSED: Final = Answer({"error": "unauthorized"}, HTTPStatus.UNAUTHORIZED)


class ScriptedWeb:
    """Answers requests. `says` is the recipe's "web", `answers` those of the present case."""

    def __init__(self, keys: Mapping[str, str]) -> None:
        """`keys` sign and verify: `partner.private`, `ours.public`."""
        self._keys = keys
        self._says: Mapping[str, Any] = {}
        self._answers: Mapping[str, Any] = {}

    def begin(self, says: Mapping[str, Any], answers: Mapping[str, Any]) -> None:
        """Answer as a case says from now on."""
        self._says, self._answers = says, {**says.get("answers", {}), **answers}

    def answer(self, request: Request) -> Answer:
        """Return the answer to a request."""
        if "bearer" in self._says and not self._bears(request):
            return _REFUSED
        said = self._answers.get(f"{request.method} {request.path}", {"status": HTTPStatus.NOT_FOUND})
        if isinstance(said, list):
            said = said[min(request.earlier, len(said) - 1)]
        if "hangs_up" in said:
            # The server ends a connection that is lost, and says nothing.
            raise ConnectionResetError
        body = said.get("json", said.get("text", ""))
        if "token" in said:
            body = tokens.made(said["token"], self._keys)
        elif "keys" in said:
            body = tokens.key_set(self._keys, said["keys"])
        return Answer(body, said.get("status", HTTPStatus.OK), after_s=said.get("after_s", 0.0))

    def shown(self, request: Request) -> dict[str, Any]:
        """Return what is shown of a request, and compared."""
        query = urlencode(request.query, safe="@")
        shown: dict[str, Any] = {"request": f"{request.method} {request.path}{'?' if query else ''}{query}"}
        shown |= {name: request.headers[name] for name in self._says.get("shows", ()) if name in request.headers}
        if tokens.is_described(self._says.get("bearer")):
            shown["bearer"] = {**self._says["bearer"], "claims": self._bears(request)}
        return shown | ({"body": request.body} if request.body else {})

    def _bears(self, request: Request) -> Any:
        token, wanted = request.headers.get("authorization", "").removeprefix("Bearer "), self._says["bearer"]
        if tokens.is_described(wanted):
            return tokens.read(token, self._keys[f"{wanted['signed_with']}.public"])
        return token == wanted
