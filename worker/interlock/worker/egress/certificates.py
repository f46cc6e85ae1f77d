"""What a handshake came to, in the words of Node's `tls.TLSSocket` (https://nodejs.org/api/tls.html#certificate-object)."""

import base64
import hashlib
import ssl
from datetime import datetime
from typing import Any, Final

from cryptography import x509
from cryptography.x509.oid import NameOID

_SHORT: Final = {
    NameOID.COUNTRY_NAME: "C",
    NameOID.STATE_OR_PROVINCE_NAME: "ST",
    NameOID.LOCALITY_NAME: "L",
    NameOID.ORGANIZATION_NAME: "O",
    NameOID.ORGANIZATIONAL_UNIT_NAME: "OU",
    NameOID.COMMON_NAME: "CN",
    NameOID.EMAIL_ADDRESS: "emailAddress",
    NameOID.SERIAL_NUMBER: "serialNumber",
}
_MOST_CHARACTERS: Final = 16 << 10


def describe(tls: ssl.SSLObject | None) -> dict[str, Any] | None:
    """Return protocol, cipher, ALPN and the peer's certificate; `authorized` is whether that was verified.

    Without TLS it is None.
    """
    if tls is None:
        return None
    cipher = tls.cipher()
    raw = tls.getpeercert(binary_form=True)
    return {
        "protocol": tls.version() or "",
        "cipher": cipher[0] if cipher else "",
        "alpn": tls.selected_alpn_protocol(),
        "authorized": tls.context.verify_mode == ssl.CERT_REQUIRED,
        "peer": None if raw is None else _certificate(raw),
    }


def _certificate(raw: bytes) -> dict[str, Any]:
    fingerprint = hashlib.sha256(raw).hexdigest().upper()
    described = {
        "subject": {},
        "issuer": {},
        "valid_from": "",
        "valid_to": "",
        "fingerprint256": ":".join(fingerprint[at : at + 2] for at in range(0, len(fingerprint), 2)),
        "subjectaltname": "",
        "raw": base64.b64encode(raw).decode(),
    }
    try:
        certificate = x509.load_der_x509_certificate(raw)
        return {
            **described,
            "subject": _name(certificate.subject),
            "issuer": _name(certificate.issuer),
            "valid_from": _time(certificate.not_valid_before_utc),
            "valid_to": _time(certificate.not_valid_after_utc),
            "subjectaltname": _alternatives(certificate),
        }
    except ValueError:  # what OpenSSL takes and a stricter reader does not; there are the bytes
        return described


def _name(name: x509.Name) -> dict[str, str]:
    return {_SHORT.get(part.oid, part.oid.dotted_string): str(part.value) for part in name}


def _time(moment: datetime) -> str:
    """As OpenSSL prints it: `Sep  5 07:00:00 2026 GMT`, whatever the locale."""
    month = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()[moment.month - 1]
    return f"{month} {moment.day:2} {moment:%H:%M:%S} {moment.year} GMT"


def _alternatives(certificate: x509.Certificate) -> str:
    try:
        found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return ""
    names = [f"DNS:{_quoted(name)}" for name in found.get_values_for_type(x509.DNSName)]
    names += [f"IP Address:{address}" for address in found.get_values_for_type(x509.IPAddress)]
    return ", ".join(names)[:_MOST_CHARACTERS]


def _quoted(name: str) -> str:
    # CVE-2021-44532: a comma or a quote in a name must not look like another entry.
    return name if all(character.isalnum() or character in "-._*" for character in name) else f'"{ascii(name)[1:-1]}"'
