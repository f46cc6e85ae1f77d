"""The page that a user is sent to by a signed token, and comes back from with a signed answer.

POST /consent?session_token=TOKEN&state=STATE with the form field `decision`: a browser that has been shown what the
token says. The answer is a redirect to the host that signed the token, with `consent_token`: who decided what, in which
login.

What a case may have the page, or who pretends to be it, do:
    "visit": {"decision": "accept", "signed_with": SECRET, "expires_in_s": 60, "state": of another login}
"""

import ssl
from collections.abc import Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx

import tokens
from web_server import Answer, Request

SECRET: Final = "CONSENT_SECRET"
"""What the recipe calls the secret that it shares with the page."""
_PARTS: Final = ("iat", "exp", "iss", "sub", "ip")
"""What a token says about itself and not to the user."""


class ConsentPage:
    """`shown` is what users were shown, and what they decided."""

    def __init__(self) -> None:
        self.shown: list[dict[str, Any]] = []
        self._choice: Mapping[str, Any] = {}
        self._secrets: Mapping[str, str] = {}

    def begin(self) -> None:
        """Forget who came."""
        self.shown.clear()

    def visited(self, url: str, choice: Mapping[str, Any], secrets: Mapping[str, str], ca: Path) -> dict[str, str]:
        """Go there, decide, and return the query of where the page sends the browser then."""
        self._choice, self._secrets = choice, secrets
        trusting = ssl.create_default_context(cafile=ca)
        answer = httpx.post(url, data={"decision": choice["decision"]}, verify=trusting)
        if answer.status_code != HTTPStatus.SEE_OTHER:
            raise ValueError(f"the page answered {answer.status_code}: {answer.text}")
        return dict(parse_qsl(urlsplit(answer.headers["location"]).query))

    def answer(self, request: Request) -> Answer:
        """Return the answer to a request."""
        asked = tokens.read_shared(request.query.get("session_token", ""), self._secrets[SECRET])
        if asked is None:
            return Answer("This link is not one of ours, or too old.", HTTPStatus.BAD_REQUEST)
        shown = {name: value for name, value in asked.items() if name not in _PARTS}
        self.shown.append({"user": asked["sub"], **shown, "decision": request.body["decision"]})
        state = request.query["state"]
        claims = {"iss": asked["iss"], "sub": asked["sub"], "state": self._choice.get("state", state)}
        described = {
            "signed_with": self._choice.get("signed_with", SECRET),
            "expires_in_s": self._choice.get("expires_in_s", 60),
            "claims": {**claims, "decision": request.body["decision"]},
        }
        signed = tokens.made(described, {**self._secrets, "somebody else": "not what the page and the action share"})
        query = urlencode({"state": state, "consent_token": signed})
        return Answer("", HTTPStatus.SEE_OTHER, {"location": f"https://{asked['iss']}/continue?{query}"})
