"""A real SMTP server, aiosmtpd's, that takes mail after STARTTLS and a password alone, and keeps it."""

import asyncio
import ssl
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

USER, PASSWORD = b"mailer", b"correct horse"


class SmtpServer:
    """One server."""

    def __init__(self, context: ssl.SSLContext) -> None:
        self.received: list[dict[str, Any]] = []
        self._context = context

    async def start(self) -> int:
        """Listen, and return the port."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._protocol, "127.0.0.1", 0)
        return int(self._server.sockets[0].getsockname()[1])

    async def stop(self) -> None:
        """Listen no longer."""
        self._server.close()

    def _protocol(self) -> SMTP:
        return SMTP(
            self,
            hostname="smtp.example.com",
            tls_context=self._context,
            require_starttls=True,
            auth_required=True,
            authenticator=_authenticated,
            enable_SMTPUTF8=True,
        )

    async def handle_DATA(self, _server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        content = envelope.content if isinstance(envelope.content, bytes) else str(envelope.content).encode()
        self.received.append(
            {
                "from": envelope.mail_from,
                "to": envelope.rcpt_tos,
                "tls": session.ssl is not None,
                "text": content.decode("utf-8", "replace").replace("\r\n", "\n"),
            }
        )
        return "250 2.0.0 taken"


def _authenticated(_server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, data: Any) -> AuthResult:
    known = isinstance(data, LoginPassword) and (data.login, data.password) == (USER, PASSWORD)
    return AuthResult(success=known)
