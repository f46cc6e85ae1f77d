"""What a guest may not ask for: too much work, bombs, keys made to hurt. Whatever it sends, nothing else is raised."""

import base64
import math
import time
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519, rsa
from hypothesis import given, settings
from hypothesis import strategies as st

from interlock.sandbox import OperationFailed
from interlock.sandbox.compute import CAPS, registry, requests
from interlock.sandbox.compute.requests import Result


def compute(name: str, options: Any, *data: bytes) -> Result:
    function, request = registry.find(name), requests.of(options, data)
    function.work(request)
    return registry.run(function, request)


def reason(name: str, options: Any, *data: bytes) -> str:
    with pytest.raises(OperationFailed) as failed:
        compute(name, options, *data)
    return failed.value.reason


PBKDF2 = {"algorithm": "sha512", "iterations": 1000, "length": 64}
SCRYPT = {"cost": 1024, "blockSize": 8, "parallelization": 1, "length": 64}


@pytest.mark.parametrize(
    ("name", "options", "data"),
    [
        ("pbkdf2", PBKDF2 | {"iterations": 2**31 - 1}, 2),
        ("pbkdf2", PBKDF2 | {"iterations": CAPS.iterations, "length": 65}, 2),
        ("pbkdf2", PBKDF2 | {"length": 2**31 - 1}, 2),
        ("scrypt", SCRYPT | {"cost": 2**30}, 2),
        ("scrypt", SCRYPT | {"blockSize": 2**20}, 2),
        ("scrypt", SCRYPT | {"parallelization": 2**20}, 2),
        ("hkdf", {"algorithm": "sha256", "length": 2**31}, 3),
        ("key.generate", {"type": "rsa", "bits": 16_384}, 0),
        ("hash", {"algorithm": "shake256", "length": 2**31}, 1),
        ("key.read", {"want": "private"}, 1),
    ],
)
def test_too_much_is_a_work_limit_and_costs_nothing(name: str, options: dict[str, Any], data: int) -> None:
    long = b"x" * (CAPS.key_bytes + 1) if name == "key.read" else b"x"
    before = time.thread_time()
    assert reason(name, options, *[long] * data) == "work_limit"
    assert time.thread_time() - before < 0.05


@pytest.mark.parametrize(
    ("name", "options", "data"),
    [
        ("pbkdf2", {"algorithm": "sha256", "iterations": 1, "length": 49_000}, (1, 1 << 20)),
        ("hkdf", {"algorithm": "sha256", "length": 8_160}, (1, 1, 1 << 20)),
        ("scrypt", {"cost": 2, "blockSize": 1, "parallelization": 1 << 14, "length": 1 << 17}, (1, 1)),
        ("scrypt", {"cost": 2, "blockSize": 1, "parallelization": 1 << 14, "length": 32}, (1, 1 << 17)),
        ("scrypt", {"cost": 2, "blockSize": 1, "parallelization": 1 << 19, "length": 32}, (1, 1)),
        ("wrap", {}, (16, CAPS.wrapped_bytes + 8)),
    ],
)
def test_what_is_hashed_again_for_each_block_is_work_too(
    name: str, options: dict[str, Any], data: tuple[int, ...]
) -> None:
    """A long salt and a long output are each within their own bounds, and together an hour on a thread."""
    before = time.thread_time()
    assert reason(name, options, *map(bytes, data)) == "work_limit"
    assert time.thread_time() - before < 0.05


@pytest.mark.parametrize(
    ("name", "options", "data"),
    [
        ("pbkdf2", {"algorithm": "sha256", "iterations": 1, "length": 2_000}, (1, 1 << 20)),
        ("hkdf", {"algorithm": "sha256", "length": 8_160}, (1, 1, 400_000)),
        ("scrypt", {"cost": 2, "blockSize": 1, "parallelization": 512, "length": 8_192}, (1, 1)),
    ],
)
def test_none_of_it_is_done_while_the_event_loop_waits(
    name: str, options: dict[str, Any], data: tuple[int, ...]
) -> None:
    request = requests.of(options, tuple(map(bytes, data)))
    assert registry.find(name).work(request) > CAPS.inline_us
    registry.run(registry.find(name), request)


def with_iterations(count: int) -> bytes:
    """An encrypted key (RFC 8018) whose password would be derived with so many iterations."""
    key = ed25519.Ed25519PrivateKey.generate()
    secret = serialization.BestAvailableEncryption(b"secret")
    der = key.private_bytes(serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, secret)
    known = b"\x02\x02" + (2048).to_bytes(2, "big")
    at = der.index(known) if known in der else der.index(b"\x02\x02N ")
    # The number grows, and with it every sequence around it.
    size = count.bit_length() // 8 + 1
    return grown(der, at, bytes([2, size]) + count.to_bytes(size, "big"), 4)


def grown(der: bytes, at: int, new: bytes, old: int) -> bytes:
    out = bytearray(der[:at] + new + der[at + old :])
    more = len(new) - old
    position = 0
    while position < at:  # into each sequence that holds the place
        tag, length, header = out[position], out[position + 1], 2
        if length & 0x80:
            header = 2 + (length & 0x7F)
            length = int.from_bytes(out[position + 2 : position + header], "big")
        if tag == 0x30 and position + header <= at < position + header + length:
            if header > 2:
                out[position + 2 : position + header] = (length + more).to_bytes(header - 2, "big")
            else:
                out[position + 1] = length + more
            position += header
        else:
            position += header + length
    return bytes(out)


def test_an_encrypted_key_cannot_ask_for_hours_of_work() -> None:
    assert reason("key.read", {"want": "private"}, with_iterations(2**38), b"secret") == "work_limit"
    assert reason("key.read", {"want": "private"}, with_iterations(CAPS.key_iterations + 1), b"secret") == "work_limit"
    pem = b"-----BEGIN ENCRYPTED PRIVATE KEY-----\n%s\n-----END ENCRYPTED PRIVATE KEY-----"
    armoured = pem % base64.b64encode(with_iterations(2**38))
    for want in ("private", "public"):
        assert reason("key.read", {"want": want}, armoured, b"secret") == "work_limit"


@pytest.mark.parametrize(
    "frame",
    [
        b"-----BEGIN ENCRYPTED PRIVATE KEY-----\nX: Proc-Type:\n\n%s\n-----END ENCRYPTED PRIVATE KEY-----",
        b"-----BEGIN PRIVATE KEY-----\nX: Proc-Type:\n\n%s\n-----END PRIVATE KEY-----",
        b"-----BEGIN RSA PRIVATE KEY-----\nX: Proc-Type:\n\n%s\n-----END RSA PRIVATE KEY-----",
        (
            b"-----BEGIN RSA PRIVATE KEY-----\nProc-Type:\n"
            b"-----BEGIN ENCRYPTED PRIVATE KEY-----\n%s\n-----END ENCRYPTED PRIVATE KEY-----\n"
            b"-----END RSA PRIVATE KEY-----"
        ),
    ],
)
def test_no_header_hides_how_many_iterations_a_key_asks_for(frame: bytes) -> None:
    """Otherwise this is 0.2 s in which nothing else of the process goes on, and with the largest number, minutes."""
    armoured = frame % base64.encodebytes(with_iterations(2_000_000))
    before = time.thread_time()
    assert reason("key.read", {"want": "private"}, armoured, b"secret") in {"crypto_failed", "work_limit"}
    assert time.thread_time() - before < 0.1


def pkcs8(key: Any) -> bytes:
    plain = serialization.NoEncryption()
    encoded: bytes = key.private_bytes(serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, plain)
    return encoded


def test_an_rsa_key_whose_numbers_do_not_fit_is_refused() -> None:
    n = rsa.generate_private_key(65_537, 1024).private_numbers()
    pub = n.public_numbers
    for wrong in (
        rsa.RSAPrivateNumbers(n.p, n.q, n.d, n.dmp1, n.dmq1, n.iqmp, rsa.RSAPublicNumbers(3, pub.n + 2)),
        rsa.RSAPrivateNumbers(n.p, n.q, pub.n + 4, n.dmp1, n.dmq1, n.iqmp, pub),
        rsa.RSAPrivateNumbers(n.p, n.q, n.d, n.dmp1 << 4000, n.dmq1, n.iqmp, pub),
        rsa.RSAPrivateNumbers(n.p, n.q, n.d, n.dmp1, n.dmq1, n.iqmp, rsa.RSAPublicNumbers((1 << 1000) + 1, pub.n)),
    ):
        try:
            key = wrong.private_key(unsafe_skip_rsa_key_validation=True)
        except ValueError:
            continue
        assert reason("sign", {"hash": "sha256"}, pkcs8(key), b"x") in {"crypto_failed", "work_limit"}


def test_an_rsa_key_of_unlike_factors_is_refused() -> None:
    """Its length tells what work to expect, and this one takes 40 ms where a millisecond is expected."""
    q = (1 << 3999) + 1
    numbers = rsa.RSAPrivateNumbers(3, q, (1 << 3999) - 1, 1, q - 2, 1, rsa.RSAPublicNumbers(65_537, 3 * q))
    key = numbers.private_key(unsafe_skip_rsa_key_validation=True)
    assert reason("sign", {"hash": "sha256"}, pkcs8(key), b"x") == "crypto_failed"


def test_keys_of_other_kinds_and_sizes_are_refused() -> None:
    assert reason("key.read", {"want": "private"}, pkcs8(dsa.generate_private_key(1024))) == "crypto_failed"
    assert reason("key.read", {"want": "private"}, pkcs8(ec.generate_private_key(ec.SECP192R1()))) == "crypto_failed"
    public = rsa.RSAPublicNumbers(65_537, (1 << CAPS.rsa_bits + 8) + 1).public_key()
    spki = public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    assert reason("verify", {"hash": "sha256"}, spki, b"x", b"y") == "work_limit"
    public = rsa.RSAPublicNumbers((1 << 3000) + 1, (1 << 3071) + 1).public_key()
    spki = public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    assert reason("verify", {"hash": "sha256"}, spki, b"x", bytes(384)) == "work_limit"


def test_a_certificate_full_of_names_is_not_read_while_the_event_loop_waits() -> None:
    work = registry.find("x509.read").work
    assert work(requests.of({}, (bytes(2_000),))) < CAPS.inline_us < work(requests.of({}, (bytes(20_000),)))


def test_a_text_full_of_beginnings_is_read_once() -> None:
    text = b"-----BEGIN PRIVATE KEY-----\n" * (CAPS.key_bytes // 28)
    before = time.thread_time()
    assert reason("key.read", {"want": "private"}, text) == "crypto_failed"
    assert reason("key.read", {"want": "public"}, text) == "crypto_failed"
    assert time.thread_time() - before < 0.2


def test_parameters_before_a_key_are_skipped() -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    parts = serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    parameters = b"-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n"
    made = compute("key.read", {"want": "private"}, parameters + key.private_bytes(*parts))
    assert made.data == (pkcs8(key),)


PSS = registry.run(
    registry.find("key.generate"), requests.of({"type": "rsa-pss", "bits": 1024, "hash": "sha256", "salt": 8}, ())
)
DSA = dsa.generate_private_key(1024).public_key()
KEYS = [
    *PSS.data,
    DSA.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo),
    pkcs8(rsa.generate_private_key(65_537, 1024)),
    pkcs8(ec.generate_private_key(ec.SECP256R1())),
    pkcs8(ed25519.Ed25519PrivateKey.generate()),
]
WORDS = (
    "sha256 sha1 shake256 rsa ec ed25519 x25519 P-256 pkcs1 pss oaep gcm chacha20-poly1305 cbc ctr ecb "
    "gzip raw auto pem der jwk private public pkcs8 sec1 spki"
).split()
NAMES = (
    "algorithm length iterations cost blockSize parallelization hash padding salt p1363 mode encrypt pad name skip tag "
    "unwrap want jwk private format type curve bits exponent level windowBits memLevel strategy most partial value"
).split()
VALUES = st.one_of(
    st.sampled_from(WORDS),
    st.integers(-2, 40),
    st.sampled_from([2**31, 2**64, 1e308, -0.5, math.pi]),
    st.booleans(),
    st.none(),
    st.text(max_size=5),
    st.lists(st.integers(), max_size=2),
    st.dictionaries(
        st.sampled_from(["kty", "crv", "x", "y", "d", "n", "e"]), st.sampled_from(["EC", "P-256", "AQAB", 1])
    ),
)
BYTES = st.one_of(
    st.binary(max_size=40),
    st.sampled_from([bytes(16), bytes(32), *KEYS]),
    st.builds(
        lambda key, at, byte: key[:at] + bytes([byte]) + key[at + 1 :],
        st.sampled_from(KEYS),
        st.integers(0, 90),
        st.integers(0, 255),
    ),
)


@settings(max_examples=1500)
@given(
    st.sampled_from(sorted(registry.FUNCTIONS)),
    st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=4),
    st.lists(BYTES, max_size=5),
)
def test_whatever_is_asked_for_gives_a_result_or_a_coded_refusal(name: str, options: Any, data: list[bytes]) -> None:
    try:
        result: Result | OperationFailed = compute(name, options, *data)
    except OperationFailed as failed:
        result = failed
    if isinstance(result, OperationFailed):
        assert result.reason in {"bad_request", "work_limit", "crypto_failed"}
        assert len(result.message) < 300
    else:
        assert sum(map(len, result.data)) <= CAPS.bytes_out
