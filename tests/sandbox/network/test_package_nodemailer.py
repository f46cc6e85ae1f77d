"""`nodemailer`, unchanged, against a real SMTP server: STARTTLS, a password, attachments."""

from bundles import bundle
from certificates import Authority
from mail import PASSWORD, USER, mail_server
from talks import Talk, Talks

SEND = """
const transport = packages.nodemailer.createTransport({ host: 'localhost', port: event.mail, requireTLS: true,
  auth: { user: event.user, pass: event.password }, tls: { ca: event.ca } });
"""


def _send(talk: Talks, authority: Authority, body: str, port: int, password: str = PASSWORD, ca: str = "") -> Talk:
    event = {"mail": port, "user": USER, "password": password, "ca": ca or authority.pem}
    return talk(SEND + body, setup=bundle("nodemailer"), event=event)


def test_a_welcome_mail_is_delivered(talk: Talks, authority: Authority) -> None:
    with mail_server(authority.server()) as mailbox:
        ran = _send(
            talk,
            authority,
            """
            const { accepted, response } = await transport.sendMail({ from: 'us@example.com', to: 'new@example.com',
              subject: 'Willkommen, Jürgen', text: 'Hällo',
              attachments: [{ filename: 'a.txt', content: 'attached' }] });
            return [accepted, response];
            """,
            mailbox.port,
        )
        assert ran.value == [["new@example.com"], "250 OK"]
        [(sender, recipients, message)] = mailbox.received
    assert (sender, recipients) == ("us@example.com", ["new@example.com"])
    assert message["subject"] == "Willkommen, Jürgen"
    body = message.get_body()
    assert body is not None
    assert body.get_content().strip() == "Hällo"
    assert [part.get_content().strip() for part in message.iter_attachments()] == ["attached"]


def test_a_wrong_password_is_an_error_of_the_server(talk: Talks, authority: Authority) -> None:
    with mail_server(authority.server()) as mailbox:
        send = "return transport.sendMail({ from: 'a@b.c', to: 'd@e.f', text: 'x' }).catch((error) => error.code);"
        assert _send(talk, authority, send, mailbox.port, password="no").value == "EAUTH"
        assert mailbox.received == []


def test_a_server_of_another_name_gets_no_password(talk: Talks, authority: Authority) -> None:
    with mail_server(authority.server("other.example")) as mailbox:
        send = "return transport.verify().catch((error) => [error.code, error.message]);"
        code, message = _send(talk, authority, send, mailbox.port).value
    assert code in {"ETLS", "ESOCKET"}
    assert "not trusted" in message
