"""X.509 certificates: what Node's X509Certificate tells of one."""

from datetime import datetime
from typing import Any, Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from interlock.sandbox.compute import keys
from interlock.sandbox.compute.caps import CAPS
from interlock.sandbox.compute.requests import Function, Request, Result, by_size, crypto_failed, work_limit

_MONTHS: Final = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
_SHORT: Final = {
    "2.5.4.3": "CN",
    "2.5.4.6": "C",
    "2.5.4.7": "L",
    "2.5.4.8": "ST",
    "2.5.4.10": "O",
    "2.5.4.11": "OU",
    "1.2.840.113549.1.9.1": "emailAddress",
    "2.5.4.5": "serialNumber",
    "0.9.2342.19200300.100.1.25": "DC",
}


def describe(request: Request) -> Result:
    """PEM or DER: the DER of the certificate and of its public key, and its fields in Node's forms."""
    request.only(data=1)
    found = _read(request.data[0])
    raw = found.public_bytes(serialization.Encoding.DER)
    key = keys.checked_public(found.public_key())
    value = {
        "subject": _name(found.subject),
        "issuer": _name(found.issuer),
        "serialNumber": f"{found.serial_number:X}",
        "validFrom": _time(found.not_valid_before_utc),
        "validTo": _time(found.not_valid_after_utc),
        "validFromMs": int(found.not_valid_before_utc.timestamp() * 1000),
        "validToMs": int(found.not_valid_after_utc.timestamp() * 1000),
        "fingerprint": _fingerprint(found, hashes.SHA1()),
        "fingerprint256": _fingerprint(found, hashes.SHA256()),
        "fingerprint512": _fingerprint(found, hashes.SHA512()),
        "ca": _is_authority(found),
        "names": _alternatives(found),
        "key": keys.describe(key),
        "pem": found.public_bytes(serialization.Encoding.PEM).decode(),
    }
    return Result((raw, keys.spki(key)), value)


def issued(request: Request) -> Result:
    """A certificate and a public key: whether that key signed it."""
    request.only(data=2)
    found, key = _read(request.data[0]), keys.read_public(request.data[1])
    try:
        _verify(found, key)
    except (InvalidSignature, ValueError, TypeError):
        return Result(value=False)
    return Result(value=True)


def _verify(found: x509.Certificate, key: Any) -> None:
    digest, parameters = found.signature_hash_algorithm, found.signature_algorithm_parameters
    arguments: tuple[Any, ...] = ()
    if isinstance(key, rsa.RSAPublicKey):
        arguments = (parameters, digest)
    elif isinstance(key, ec.EllipticCurvePublicKey):
        arguments = (parameters,)
    key.verify(found.signature, found.tbs_certificate_bytes, *arguments)


def _read(data: bytes) -> x509.Certificate:
    if len(data) > CAPS.key_bytes:
        raise work_limit(f"a certificate may have at most {CAPS.key_bytes} bytes")
    try:
        return x509.load_pem_x509_certificate(data) if b"-----BEGIN" in data else x509.load_der_x509_certificate(data)
    except ValueError:
        raise crypto_failed("ERR_OSSL_PEM_NO_START_LINE error:0480006C:PEM routines::no start line") from None


def _name(name: x509.Name) -> str:
    """One attribute a line, in the order of the certificate."""
    return "\n".join(
        "+".join(f"{_SHORT.get(one.oid.dotted_string, one.oid.dotted_string)}={one.value!s}" for one in part)
        for part in name.rdns
    )


def _time(moment: datetime) -> str:
    return f"{_MONTHS[moment.month - 1]} {moment.day:2d} {moment:%H:%M:%S} {moment.year} GMT"


def _fingerprint(found: x509.Certificate, digest: hashes.HashAlgorithm) -> str:
    return found.fingerprint(digest).hex(":").upper()


def _is_authority(found: x509.Certificate) -> bool:
    try:
        return bool(found.extensions.get_extension_for_class(x509.BasicConstraints).value.ca)
    except (x509.ExtensionNotFound, ValueError):
        return False


def _alternatives(found: x509.Certificate) -> str | None:
    try:
        names = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (x509.ExtensionNotFound, ValueError):
        return None
    return ", ".join(f"{label}:{name.value!s}" for name in names if (label := _KINDS.get(type(name))))


_KINDS: Final[dict[type, str]] = {
    x509.DNSName: "DNS",
    x509.IPAddress: "IP Address",
    x509.RFC822Name: "email",
    x509.UniformResourceIdentifier: "URI",
}

_US_PER_BYTE: Final = 0.5
"""Of a certificate that is nothing but names."""

FUNCTIONS: Final = {
    "x509.read": Function(describe, by_size(_US_PER_BYTE * (1 << 20), 300)),
    "x509.issued": Function(issued, lambda _: 500),
}
