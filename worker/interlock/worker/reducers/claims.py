"""Custom claims: `claims` of the outcome's `access_token` and `id_token`, and what was left out of them.

    "access_token": {"claims": {"https://example.com/roles": ["admin"]}}
    "left_out": [{"method": "api.idToken.setCustomClaim", "name": "sub", "code": "reserved_claim", "reason": "..."}]

The last value of a claim wins; `undefined` leaves the claim out again. Names that belong to the token itself and
namespaces of Auth0's own are accepted by the methods and then left out (COMPATIBILITY.md, Argument rules): the
outcome names each one and says why.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from pydantic import JsonValue

from interlock.worker.reducers.call import Call, Concern

ACCESS_TOKEN: Final = "api.accessToken.setCustomClaim"
ID_TOKEN: Final = "api.idToken.setCustomClaim"

RESERVED: Final = frozenset(
    "acr act active amr at_hash ath attest aud auth_time authorization_details azp c_hash client_id cnf cty dest "
    "entitlements events exp groups gty htm htu iat internalService iss jcard jku jti jwe jwk kid may_act mky nbf "
    "nonce object_id org_id org_name orig origid permissions roles rph s_hash sid sip_callid sip_cseq_num sip_date "
    "sip_from_tag sip_via_branch sub sub_jwk toe txn typ uuid vot vtm x5t#S256".split()
)
"""The 60 names of COMPATIBILITY.md, Argument rules."""

FORBIDDEN_HOSTS: Final = frozenset({"auth0.com", "webtask.io", "webtask.run"})
FORBIDDEN_URN: Final = "urn:auth0"

_BELOW_FORBIDDEN_HOSTS = tuple(f".{host}" for host in FORBIDDEN_HOSTS)

# The host as a browser would read it: any number of slashes of either kind, then user information, then the name.
_HOST = re.compile(r"(?:[a-z][a-z0-9+.-]*:)?[/\\]*(?:[^/\\?#]*@)?([^/\\?#:]*)", re.IGNORECASE)


def kept(calls: Sequence[Call]) -> dict[str, JsonValue]:
    """Return the claims that reach the token, for the calls of one token."""
    claims: dict[str, JsonValue] = {}
    for call in calls:
        name = call.text("key")
        if "value" not in call.arguments:
            claims.pop(name, None)
        elif refusal(name) is None:
            claims[name] = call.arguments["value"]
    return claims


def refusal(name: str) -> tuple[str, str] | None:
    """Return the code and the reason for which a claim of this name is left out, or None when it may stand in a
    token.
    """
    if name in RESERVED:
        return (
            "reserved_claim",
            f"The name {name!r} is reserved for the token itself. Use a name of your own, such as 'https://example.com/{name}'.",
        )
    if _is_forbidden_namespace(name):
        return (
            "forbidden_namespace",
            f"The namespace of {name!r} belongs to Auth0. Use a domain of your own, such as 'https://example.com/...'.",
        )
    return None


def reduce_claims(calls: Sequence[Call], event: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    """Return the claims of both tokens and the list of those left out."""
    del event
    outcome: dict[str, JsonValue] = {}
    for token, method in (("access_token", ACCESS_TOKEN), ("id_token", ID_TOKEN)):
        claims = kept([call for call in calls if call.method == method])
        if claims:
            outcome[token] = {"claims": claims}
    left_out = _left_out(calls)
    if left_out:
        outcome["left_out"] = left_out
    return outcome


def _left_out(calls: Sequence[Call]) -> list[JsonValue]:
    names = dict.fromkeys((call.method, call.text("key")) for call in calls if "value" in call.arguments)
    left_out: list[JsonValue] = []
    for method, name in names:
        refused = refusal(name)
        if refused is not None:
            code, reason = refused
            left_out.append({"method": method, "name": name, "code": code, "reason": reason})
    return left_out


def _is_forbidden_namespace(name: str) -> bool:
    lowered = name.strip().lower()
    if lowered == FORBIDDEN_URN or lowered.startswith(FORBIDDEN_URN + ":"):
        return True
    found = _HOST.match(lowered)
    host = found.group(1).rstrip(".") if found else ""
    return host in FORBIDDEN_HOSTS or host.endswith(_BELOW_FORBIDDEN_HOSTS)


CLAIMS = Concern(frozenset({ACCESS_TOKEN, ID_TOKEN}), reduce_claims)
