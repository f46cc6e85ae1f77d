"""What a call of each method of `api` comes to over HTTP: one entry a method, and one a trigger where it is another
there.

A method of the catalogue without an entry fails the tests, and so does an entry without a method.
"""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

SECRET: Final = "a secret of both, 32 characters."
API, UNDEFINED = "api", "undefined"
"""What the action prints of a call that returns `api`, or nothing."""


class Number:
    """Any number."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, int | float)

    __hash__ = None  # type: ignore[assignment]


class Token:
    """A token that nobody here can foretell."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, str) and other.count(".") == 2

    __hash__ = None  # type: ignore[assignment]


@dataclass(frozen=True)
class Expected:
    """A call, and what it has to come to. `goes_on`: it is made when the user is back from a redirect."""

    args: list[Any]
    outcome: Mapping[str, Any] = field(default_factory=dict)
    returns: Any = UNDEFINED
    status: str = "completed"
    goes_on: bool = False


def expected(trigger: str, method: str) -> Expected:
    """What this pair comes to. Raises KeyError when nobody said so."""
    return OF_PAIRS.get((trigger, method)) or OF_METHODS[method]


def token(event: Mapping[str, Any]) -> str:
    """What another site sends back, made without any code of ours."""
    claims = {
        "iss": event["request"]["hostname"],
        "sub": event["user"]["user_id"],
        "state": event["request"]["query"]["state"],
        "exp": int(time.time()) + 600,
        "agreed": True,
    }
    signed = ".".join(_base64url(json.dumps(part).encode()) for part in ({"alg": "HS256", "typ": "JWT"}, claims))
    return f"{signed}.{_base64url(hmac.new(SECRET.encode(), signed.encode(), hashlib.sha256).digest())}"


def _base64url(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).decode().rstrip("=")


def _denied(method: str, args: list[Any], returns: str = UNDEFINED, **told: Any) -> Expected:
    return Expected(args, {"denied": {"method": method, **told}}, returns, "denied")


def _waits(args: list[Any], waits_for: str, **told: Any) -> Expected:
    return Expected(args, {"waits_for": [waits_for], **told}, status="suspended")


def _factor(args: list[Any], step: str, factors: list[Any], **more: Any) -> Expected:
    return _waits(args, "challenge", authentication_steps=[{"step": step, "factors": factors, **more}])


def _saml(name: str, value: Any) -> Expected:
    return Expected([value], {"saml_response": {name: value}}, API)


def _notified(result: str) -> Expected:
    return Expected(["503"], {"notification": {"result": result, "reason": "503"}})


SEND = "api.redirect.sendUserTo"
DENY, REVOKE_SESSION, REVOKE_TOKEN = "api.access.deny", "api.session.revoke", "api.refreshToken.revoke"
OTP, PUSH, EMAIL = {"type": "otp"}, {"type": "push-notification"}, {"type": "email"}
GROUP, ROLE = {"id": "g1", "name": "staff"}, {"id": "r1", "name": "admin"}
LOOKUPS: Final = {"groups": [GROUP], "roles": [ROLE]}
USER_METADATA = {"user": {"user_metadata": {"theme": "dark"}}}
APP_METADATA = {"user": {"app_metadata": {"tier": ["gold"]}}}
RECORD = {"value": "v", "expires_at": Number()}

OF_METHODS: Final[Mapping[str, Expected]] = {
    DENY: _denied(DENY, ["no"], API, reason="no"),
    "api.access.rejectInvalidSubjectToken": _denied("api.access.rejectInvalidSubjectToken", ["bad"], reason="bad"),
    "api.accessToken.addScope": Expected([" read:a "], {"access_token": {"add_scopes": ["read:a"]}}),
    "api.accessToken.removeScope": Expected(["read:a"], {"access_token": {"remove_scopes": ["read:a"]}}),
    "api.accessToken.setCustomClaim": Expected(
        ["https://a.example/x", {"y": [1]}], {"access_token": {"claims": {"https://a.example/x": {"y": [1]}}}}, API
    ),
    "api.authentication.challengeWith": _factor(
        [OTP, {"additionalFactors": [EMAIL]}], "challenge", [OTP], additional_factors=[EMAIL]
    ),
    "api.authentication.challengeWithAny": _factor([[OTP, EMAIL]], "challenge", [OTP, EMAIL]),
    "api.authentication.enrollWith": _factor([PUSH], "enroll", [PUSH]),
    "api.authentication.enrollWithAny": _factor([[OTP, PUSH]], "enroll", [OTP, PUSH]),
    "api.authentication.recordMethod": Expected(
        ["https://mfa.example/"], {"recorded_methods": ["https://mfa.example/"]}, API, goes_on=True
    ),
    "api.authentication.setActor": Expected([{"sub": "a"}], {"token_exchange": {"actor": {"sub": "a"}}}),
    "api.authentication.setOrganization": Expected(["org_1"], {"token_exchange": {"organization": "org_1"}}),
    "api.authentication.setPrimaryUser": Expected(["auth0|2"], {"primary_user_id": "auth0|2"}),
    "api.authentication.setUserByConnection": Expected(
        ["legacy", {"user_id": "7"}, {"creationBehavior": "none", "updateBehavior": "replace"}],
        {
            "token_exchange": {
                "user": {
                    "connection": "legacy",
                    "attributes": {"user_id": "7"},
                    "creation_behavior": "none",
                    "update_behavior": "replace",
                }
            }
        },
    ),
    "api.authentication.setUserById": Expected(["auth0|7"], {"token_exchange": {"user": {"user_id": "auth0|7"}}}),
    # The entries `kept` and `gone` were set by an event before this one.
    "api.cache.delete": Expected(["gone"], returns={"type": "success"}),
    "api.cache.get": Expected(["kept"], returns=RECORD),
    "api.cache.set": Expected(["new", "v", {"ttl": 60_000}], returns={"type": "success", "record": RECORD}),
    "api.groups.getUserGroups": Expected([{"take": 10}], returns={"groups": [GROUP]}),
    "api.groups.hasGroupMembership": Expected([["staff"]], returns=True),
    "api.idToken.setCustomClaim": Expected(["tier", "gold"], {"id_token": {"claims": {"tier": "gold"}}}, API),
    "api.multifactor.enable": Expected(
        ["any", {"allowRememberBrowser": False}],
        {"multifactor": {"provider": "any", "allow_remember_browser": False}},
        API,
    ),
    "api.notification.drop": _notified("drop"),
    "api.notification.retry": _notified("retry"),
    "api.prompt.render": _waits(["ap_1", {"vars": {"a": 1}}], "prompt", prompt={"id": "ap_1", "vars": {"a": 1}}),
    "api.redirect.canRedirect": Expected([], returns=True),
    "api.redirect.encodeToken": Expected([{"secret": SECRET, "payload": {"a": 1}}], returns=Token()),
    SEND: _waits(
        ["https://a.example/x?y=1", {"query": {"z": "2"}}], "redirect", redirect={"url": "https://a.example/x?y=1&z=2"}
    ),
    "api.redirect.validateToken": Expected([{"secret": SECRET}], returns=True),
    "api.refreshToken.deleteMetadata": Expected(
        ["device_name"], {"refresh_token": {"metadata": {"device_name": None}}}
    ),
    "api.refreshToken.evictMetadata": Expected([], {"refresh_token": {"evict_metadata": True}}),
    REVOKE_TOKEN: Expected(
        ["stolen"],
        {
            "denied": {"method": REVOKE_TOKEN, "reason": "stolen"},
            "refresh_token": {"revoke": {"reason": "stolen"}},
        },
        status="denied",
    ),
    "api.refreshToken.setExpiresAt": Expected(
        [1_900_000_000_000], {"refresh_token": {"expires_at_ms": 1_900_000_000_000}}
    ),
    "api.refreshToken.setIdleExpiresAt": Expected(
        [1_900_000_000_000], {"refresh_token": {"idle_expires_at_ms": 1_900_000_000_000}}
    ),
    "api.refreshToken.setMetadata": Expected(["a", "b"], {"refresh_token": {"metadata": {"a": "b"}}}),
    "api.roles.getUserEffectiveRoles": Expected([], returns={"roles": [ROLE]}),
    "api.roles.getUserEffectiveRolesByIds": Expected([["r1"]], returns={"roles": [ROLE]}),
    "api.roles.getUserEffectiveRolesByNames": Expected([["nobody"]], returns={"roles": []}),
    "api.rules.wasExecuted": Expected(["rul_1"], returns=False),
    "api.samlResponse.setAttribute": Expected(
        ["role", ["admin", 1, True, None]], {"saml_response": {"attributes": {"role": ["admin", 1, True, None]}}}, API
    ),
    "api.samlResponse.setAudience": _saml("audience", "urn:app"),
    "api.samlResponse.setAuthnContextClassRef": _saml("authn_context_class_ref", "urn:class"),
    "api.samlResponse.setCert": _saml("cert", "PEM"),
    "api.samlResponse.setCreateUpnClaim": _saml("create_upn_claim", True),
    "api.samlResponse.setDestination": _saml("destination", "https://a.example/"),
    "api.samlResponse.setDigestAlgorithm": _saml("digest_algorithm", "sha256"),
    "api.samlResponse.setEncryptionAlgorithm": _saml("encryption_algorithm", "aes256-gcm"),
    "api.samlResponse.setEncryptionCert": _saml("encryption_cert", "PEM"),
    "api.samlResponse.setEncryptionPublicKey": _saml("encryption_public_key", "PEM"),
    "api.samlResponse.setIncludeAttributeNameFormat": _saml("include_attribute_name_format", False),
    "api.samlResponse.setIssuer": _saml("issuer", "urn:issuer"),
    "api.samlResponse.setKey": _saml("key", "PEM"),
    "api.samlResponse.setLifetimeInSeconds": _saml("lifetime_in_seconds", 3_600),
    "api.samlResponse.setMapIdentities": _saml("map_identities", True),
    "api.samlResponse.setMapUnknownClaimsAsIs": _saml("map_unknown_claims_as_is", True),
    "api.samlResponse.setNameIdentifierFormat": _saml("name_identifier_format", "urn:format"),
    "api.samlResponse.setNameIdentifierProbes": _saml("name_identifier_probes", ["urn:probe"]),
    "api.samlResponse.setPassthroughClaimsWithNoMapping": _saml("passthrough_claims_with_no_mapping", False),
    "api.samlResponse.setRecipient": _saml("recipient", "https://a.example/"),
    "api.samlResponse.setRelayState": _saml("relay_state", "state"),
    "api.samlResponse.setSignResponse": _saml("sign_response", True),
    "api.samlResponse.setSignatureAlgorithm": _saml("signature_algorithm", "rsa-sha256"),
    "api.samlResponse.setSigningCert": _saml("signing_cert", "PEM"),
    "api.samlResponse.setTypedAttributes": _saml("typed_attributes", True),
    "api.session.deleteMetadata": Expected(["device_name"], {"session": {"metadata": {"device_name": None}}}),
    "api.session.evictMetadata": Expected([], {"session": {"evict_metadata": True}}),
    REVOKE_SESSION: Expected(
        ["stolen", {"preserveRefreshTokens": True}],
        {
            "denied": {"method": REVOKE_SESSION, "reason": "stolen"},
            "session": {"revoke": {"reason": "stolen", "preserve_refresh_tokens": True}},
        },
        status="denied",
    ),
    "api.session.setCookieMode": Expected(["non-persistent"], {"session": {"cookie_mode": "non-persistent"}}),
    "api.session.setExpiresAt": Expected([1_900_000_000_000], {"session": {"expires_at_ms": 1_900_000_000_000}}),
    "api.session.setIdleExpiresAt": Expected(
        [1_900_000_000_000], {"session": {"idle_expires_at_ms": 1_900_000_000_000}}
    ),
    "api.session.setMetadata": Expected(["a", None], {"session": {"metadata": {"a": None}}}),
    "api.transaction.addTargetScope": Expected(
        ["write:a"], {"transaction": {"target_scopes": ["read:reports", "write:a"]}}
    ),
    "api.transaction.clearTargetScopes": Expected([], {"transaction": {"target_scopes": []}}),
    "api.transaction.removeTargetScope": Expected(["read:reports"], {"transaction": {"target_scopes": []}}),
    "api.transaction.setMetadata": Expected(["step", 2], {"transaction": {"metadata": {"step": 2}}}),
    "api.transaction.setResultUrl": Expected(
        ["https://a.example/", {"query": {"x": "1"}}], {"transaction": {"result_url": "https://a.example/?x=1"}}
    ),
    "api.transaction.setTargetScopes": Expected([["a", "b", "a"]], {"transaction": {"target_scopes": ["a", "b"]}}),
    "api.user.setAppMetadata": Expected(["tier", ["gold"]], APP_METADATA, API),
    "api.user.setUserMetadata": Expected(["theme", "dark"], USER_METADATA, API),
    "api.validation.error": Expected(
        ["code", "why"], {"validation_errors": [{"code": "code", "message": "why"}]}, API, "denied"
    ),
}

OF_PAIRS: Final[Mapping[tuple[str, str], Expected]] = {
    ("credentials-exchange", DENY): _denied(DENY, ["invalid_scope", "no"], API, code="invalid_scope", reason="no"),
    ("custom-token-exchange", DENY): _denied(DENY, ["any_code", "no"], code="any_code", reason="no"),
    ("password-reset-post-challenge", DENY): _denied(DENY, ["no"], reason="no"),
    ("pre-user-registration", DENY): _denied(DENY, ["no", "Sorry."], API, reason="no", user_message="Sorry."),
    ("post-login", SEND): replace(OF_METHODS[SEND], returns=API),
    ("custom-token-exchange", "api.user.setAppMetadata"): Expected(["tier", ["gold"]], APP_METADATA),
    ("custom-token-exchange", "api.user.setUserMetadata"): Expected(["theme", "dark"], USER_METADATA),
}
