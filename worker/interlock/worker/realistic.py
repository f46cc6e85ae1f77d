"""The values of simulated events, by the end of a field's path.

One story runs through all of them, so that fields agree with each other: Ada Byrne, of the organization Example Corp,
logs in to "Example App" from London with a laptop she has used before. Addresses are from the ranges reserved for
documentation (RFC 5737, RFC 2606); the times lie within one morning. Nothing here opens anything.
"""

from collections.abc import Mapping
from typing import Final

from pydantic import JsonValue

USER_ID: Final = "auth0|64f1c2a9e4b0a1d2c3f4e5a6"
CLIENT_ID: Final = "cQ7pX2nVbR9sKd4LwT8yHf3JmZ6gAe1U"
USER_AGENT: Final = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"
IP: Final = "203.0.113.24"
ASN: Final = "64500"
SESSION_ID: Final = "zq7Yh1tGfPp3WcJ5nKx0bVd8"
REFRESH_TOKEN_ID: Final = "rt_8fKq2ZsWb4nT"
AUDIENCE: Final = "https://api.example.com/"
CONNECTION: Final = "Username-Password-Authentication"

REGISTERED: Final = "2026-01-12T08:30:00.000Z"
BEGAN: Final = "2026-03-02T09:12:05.118Z"
NOW: Final = "2026-03-02T09:14:31.402Z"
NEXT_DAY: Final = "2026-03-03T09:14:31.402Z"
NEXT_MONTH: Final = "2026-04-01T09:14:31.402Z"

VALUES: Final[Mapping[str, JsonValue]] = {
    # -- the user ---------------------------------------------------------------------------------------------------
    "user_id": USER_ID,
    "email": "ada.byrne@example.com",
    "email_verified": True,
    "name": "Ada Byrne",
    "given_name": "Ada",
    "family_name": "Byrne",
    "nickname": "ada",
    "username": "ada.byrne",
    "phone_number": "+442079460018",
    "phone_verified": True,
    "picture": "https://cdn.example.com/avatars/ada-byrne.png",
    "created_at": REGISTERED,
    "updated_at": NOW,
    "last_password_reset": "2026-02-01T17:45:10.000Z",
    "app_metadata": {"tier": "gold", "roles": ["editor"], "customer_number": 20391},
    "user_metadata": {"theme": "dark", "language": "en", "newsletter": True},
    "identities": [
        {
            "provider": "auth0",
            "connection": CONNECTION,
            "user_id": "64f1c2a9e4b0a1d2c3f4e5a6",
            "isSocial": False,
            "profileData": {"email": "ada.byrne@example.com", "email_verified": True},
        }
    ],
    "multifactor": ["guardian"],
    "enrolledFactors": [{"type": "otp"}, {"type": "phone", "options": {"preferredTypes": ["sms"]}}],
    "logins_count": 42,
    "authorization.roles": ["editor", "billing-reader"],
    # -- what the user logs in to -----------------------------------------------------------------------------------
    "client_id": CLIENT_ID,
    "client.name": "Example App",
    "client.metadata": {"owner": "web-team", "stage": "production"},
    "policies": [{"audience": AUDIENCE, "scope": ["read:reports"]}],
    "resource_server.identifier": AUDIENCE,
    "connection.id": "con_4pWq8sZ1nTb6Rk2X",
    "connection.name": CONNECTION,
    "connection.strategy": "auth0",
    "connection.metadata": {"region": "eu"},
    "organization.id": "org_9dKs2LqTfWb7Xz4P",
    "organization.name": "example-corp",
    "organization.display_name": "Example Corp",
    "organization.metadata": {"plan": "enterprise"},
    "tenant.id": "example",
    "friendly_name": "Example",
    "home_url": "https://www.example.com",
    "logo_url": "https://cdn.example.com/logo.png",
    "support_email": "support@example.com",
    "support_url": "https://support.example.com",
    "custom_domain.domain": "login.example.com",
    "domain_metadata": {"brand": "example"},
    "agent_id": "agt_2WnV8xQr5KbT",
    "agent_metadata": {"purpose": "report-summaries"},
    "agent.name": "Report Assistant",
    # -- the request ------------------------------------------------------------------------------------------------
    "ip": IP,
    "asn": ASN,
    "request.body": {"username": "ada.byrne@example.com"},
    "request.query": {
        "client_id": CLIENT_ID,
        "response_type": "code",
        "redirect_uri": "https://app.example.com/callback",
        "scope": "openid profile email read:reports",
        "state": "k3JtQ0xR",
    },
    "hostname": "login.example.com",
    "language": "en-GB,en;q=0.8",
    "method": "POST",
    "user_agent": USER_AGENT,
    "cityName": "London",
    "continentCode": "EU",
    "countryCode": "GB",
    "countryCode3": "GBR",
    "countryName": "United Kingdom",
    "latitude": 51.50853,
    "longitude": -0.12574,
    "subdivisionCode": "ENG",
    "subdivisionName": "England",
    "timeZone": "Europe/London",
    "ja3": "579ccef312d18482fc42e2b822ca2430",
    "ja4": "t13d1715h2_5b57614c22b0_3d5424432f57",
    # -- how it was proved, and how sure one can be -----------------------------------------------------------------
    "authentication.methods": [{"name": "pwd", "timestamp": BEGAN}],
    "riskAssessment.confidence": "high",
    "riskAssessment.version": "1",
    "AgentDetection.code": "unknown",
    "AgentDetection.confidence": "neutral",
    "AgentDetection.details.provider": "none",
    "ImpossibleTravel.code": "minimal_travel_from_last_login",
    "ImpossibleTravel.confidence": "high",
    "NewDevice.code": "match",
    "NewDevice.confidence": "high",
    "NewDevice.details.device": "known",
    "NewDevice.details.useragent": "known",
    "UntrustedIP.code": "not_found_on_deny_list",
    "UntrustedIP.confidence": "high",
    "UntrustedIP.details.category": "none",
    "UntrustedIP.details.matches": "0",
    "UntrustedIP.details.source": "deny-lists",
    "akamaiBot.action": "monitor",
    "akamaiBot.botCategory": ["browser"],
    "akamaiBot.botScore": 4,
    "akamaiBot.botScoreResponseSegment": "human",
    "akamaiBot.botnetId": "none",
    "akamaiBot.type": "human",
    "akamaiUserRisk.action": "none",
    "akamaiUserRisk.allow": 1,
    "akamaiUserRisk.emailDomain": "example.com",
    "akamaiUserRisk.general": {"aci": "0"},
    "akamaiUserRisk.ouid": "64f1c2a9e4b0a1d2c3f4e5a6",
    "akamaiUserRisk.requestid": "2f8ad61c",
    "akamaiUserRisk.risk": {"unp": "low"},
    "akamaiUserRisk.score": 7,
    "akamaiUserRisk.status": 0,
    "akamaiUserRisk.trust": {"udfp": "known"},
    "akamaiUserRisk.username": "ada.byrne",
    "akamaiUserRisk.uuid": "7d0c3f52-3a1e-4b64-9c7a-5a2f0b9d1e88",
    # -- the transaction --------------------------------------------------------------------------------------------
    "acr_values": ["urn:example:loa:1"],
    "correlation_id": "b1946ac9-4f0e-4c62-8a52-7e0c1d3f9a10",
    "transaction.id": "txn_5Vb8RkQ2",
    "linking_id": "9f2c41d7-52b8-4f57-9b0e-c1a6c7f3d284",
    "locale": "en",
    "login_hint": "ada.byrne@example.com",
    "transaction.metadata": {"campaign": "spring"},
    "transaction.prompt": ["login"],
    "protocol": "oidc-basic-profile",
    "redirect_uri": "https://app.example.com/callback",
    "requested_authorization_details": [{"type": "report_access", "actions": ["read"]}],
    "requested_scopes": ["openid", "profile", "email", "read:reports"],
    "response_mode": "query",
    "response_type": ["code"],
    "transaction.state": "k3JtQ0xR",
    "ui_locales": ["en-GB", "en"],
    "target_scopes": ["read:reports"],
    "requested_token_type": "urn:ietf:params:oauth:token-type:access_token",
    "subject_token": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJsZWdhY3l8MTgwMSJ9.c2ltdWxhdGVk",
    "subject_token_type": "urn:example:legacy-session",
    "actor_token": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhZ2VudHwyIn0.c2ltdWxhdGVk",
    "actor_token_type": "urn:ietf:params:oauth:token-type:jwt",
    "transaction.actor.sub": "agent|report-assistant",
    "transaction.actor.act.sub": "service|gateway",
    "transaction.actor.act.act.sub": "service|scheduler",
    "transaction.actor.act.act.act.sub": "service|platform",
    "transaction.actor.act.act.act.act": {"sub": "service|root"},
    "actor_token_user.user_id": "auth0|64f1c2a9e4b0a1d2c3f4e5b7",
    "actor_token_user.email": "grace.moss@example.com",
    "actor_token_user.name": "Grace Moss",
    "actor_token_user.given_name": "Grace",
    "actor_token_user.family_name": "Moss",
    "actor_token_user.nickname": "grace",
    "actor_token_user.username": "grace.moss",
    "actor_token_user.phone_number": "+442079460047",
    "actor_token_user.picture": "https://cdn.example.com/avatars/grace-moss.png",
    "actor_token_user.app_metadata": {"tier": "staff", "roles": ["support"]},
    "actor_token_user.user_metadata": {"language": "en"},
    "actor_token_user.identities": [
        {"provider": "auth0", "connection": CONNECTION, "user_id": "64f1c2a9e4b0a1d2c3f4e5b7", "isSocial": False}
    ],
    "accessToken.customClaims": {},
    "accessToken.scope": ["read:reports"],
    # -- forms ------------------------------------------------------------------------------------------------------
    "prompt.id": "ap_3Qm7VxKd9sLt",
    "prompt.fields": {"terms_accepted": True},
    "prompt.vars": {"terms_version": "2026-01"},
    # -- session and tokens -----------------------------------------------------------------------------------------
    "session.id": SESSION_ID,
    "session.actor.sub": "auth0|64f1c2a9e4b0a1d2c3f4e5b7",
    "session.authenticated_at": BEGAN,
    "session.clients": [{"client_id": CLIENT_ID}],
    "session.cookie.mode": "persistent",
    "session.created_at": BEGAN,
    "session.expires_at": NEXT_DAY,
    "session.idle_expires_at": NEXT_DAY,
    "session.metadata": {"device_name": "laptop"},
    "last_interacted_at": NOW,
    "initial_asn": ASN,
    "initial_ip": IP,
    "initial_user_agent": USER_AGENT,
    "last_asn": ASN,
    "last_ip": IP,
    "last_user_agent": USER_AGENT,
    "refresh_token.id": REFRESH_TOKEN_ID,
    "refresh_token.created_at": BEGAN,
    "refresh_token.expires_at": NEXT_MONTH,
    "refresh_token.idle_expires_at": NEXT_DAY,
    "refresh_token.last_exchanged_at": NOW,
    "refresh_token.metadata": {"device_name": "laptop"},
    "resource_servers": [{"audience": AUDIENCE, "scopes": "read:reports"}],
    "rotating": True,
    "session_id": SESSION_ID,
    "parent_refresh_token.id": "rt_1cWm7PqLx9Zv",
    "parent_refresh_token.metadata": {"device_name": "phone"},
    "session_transfer_token.client_id": "mX4tB7wLq1ZsVd9KcR2yGh6NpJ8fUa3E",
    "session_transfer_token.scope": ["openid", "offline_access"],
    # -- messages ---------------------------------------------------------------------------------------------------
    "message_options.action": "second-factor-authentication",
    "message_options.code": "428113",
    "message_options.message_type": "sms",
    "message_options.recipient": "+442079460018",
    "message_options.text": "428113 is your verification code for Example.",
    "notification.as_text": "428113 is your verification code for Example.",
    "notification.as_voice": "Your verification code for Example is: 4, 2, 8, 1, 1, 3.",
    "notification.code": "428113",
    "notification.delivery_method": "text",
    "notification.recipient": "+442079460018",
    "notification.html": "<p>Please <a href='https://login.example.com/verify?ticket=t1'>verify your address</a>.</p>",
    "notification.text": "Please verify your address: https://login.example.com/verify?ticket=t1",
    "notification.subject": "Verify your address",
    "notification.to": "ada.byrne@example.com",
    "notification.locale": "en",
    "message.id": "evt_6Xn2BqTr8LwK",
    "message.source": "urn:interlock:example",
    "message.specversion": "1.0",
    "message.time": NOW,
    "message.type": "user.created",
    "message.data": {
        "object": {"user_id": USER_ID, "email": "ada.byrne@example.com", "created_at": REGISTERED},
        "context": {"tenant": {"tenant_id": "example"}},
    },
}
"""An address is the end of a path; the longest one that fits is taken."""

OF_TRIGGER: Final[Mapping[str, Mapping[str, JsonValue]]] = {
    "credentials-exchange": {
        "client.name": "Nightly Reports",
        "request.body": {"grant_type": "client_credentials", "client_id": CLIENT_ID, "audience": AUDIENCE},
        "requested_scopes": ["read:reports"],
        "user_agent": "reports/3.2",
    },
    "custom-email-provider": {
        "notification.from": "Example <no-reply@example.com>",
        "notification.message_type": "verify_email",
    },
    "custom-phone-provider": {
        "notification.from": "+442079460000",
        "notification.message_type": "otp_verify",
    },
    "custom-token-exchange": {
        "request.body": {
            "grant_type": "urn:ietf:params:oauth:grant-type:token-exchange",
            "client_id": CLIENT_ID,
            "subject_token_type": "urn:example:legacy-session",
            "audience": AUDIENCE,
        },
        "protocol": "oauth2-token-exchange",
    },
    "password-reset-post-challenge": {
        "authentication.methods": [{"name": "email", "timestamp": BEGAN}],
        "request.body": {},
    },
    "post-change-password": {
        "last_password_reset": NOW,
    },
    "pre-user-registration": {
        "app_metadata": {},
        "request.body": {"email": "ada.byrne@example.com", "connection": CONNECTION},
    },
    "post-user-registration": {
        "created_at": NOW,
    },
}
"""Values that differ for a trigger, found before the ones above."""
