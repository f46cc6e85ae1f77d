"""Symmetric ciphers, without a state between calls: a guest that encrypts in pieces gives what the next piece needs."""

from typing import Any, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import keywrap
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from interlock.sandbox.compute.caps import CAPS
from interlock.sandbox.compute.keys import BAD_DECRYPT
from interlock.sandbox.compute.requests import (
    Function,
    Request,
    Result,
    bad_request,
    by_size,
    crypto_failed,
    work_limit,
)

_BLOCK: Final = 16
WRONG_LENGTH: Final = "ERR_OSSL_WRONG_FINAL_BLOCK_LENGTH error:1C80006B:Provider routines::wrong final block length"
UNAUTHENTIC: Final = "Unsupported state or unable to authenticate data"
_KEY_BYTES: Final = {16, 24, 32}


def block(request: Request) -> Result:
    """`{mode: cbc|ecb|ctr, encrypt, pad?}`, key, initial vector (empty for ecb), bytes: whole blocks, unless it pads.

    `pad`: PKCS#7 is added, or checked and taken off.
    """
    request.only("mode", "encrypt", "pad", data=3)
    key, vector, text = request.data
    encrypting, padded, mode = request.flag("encrypt"), request.flag("pad"), request.text("mode")
    context = _context(key, _mode(mode, vector), encrypting=encrypting)
    if mode == "ctr":
        return Result((context.update(text) + context.finalize(),))
    if encrypting and padded:
        count = _BLOCK - len(text) % _BLOCK
        text += bytes([count]) * count
    if len(text) % _BLOCK or (padded and not text):
        raise crypto_failed(WRONG_LENGTH)
    done = context.update(text) + context.finalize()
    if padded and not encrypting:
        count = done[-1]
        if not 1 <= count <= _BLOCK or done[-count:] != bytes([count]) * count:
            raise crypto_failed(BAD_DECRYPT)
        done = done[:-count]
    return Result((done,))


def seal(request: Request) -> Result:
    """`{name: gcm|chacha20-poly1305, tag, skip?}`, key, nonce, associated data, plain bytes: the rest of the ciphertext
    after `skip` bytes, and its tag of `tag` bytes."""
    request.only("name", "tag", "skip", data=4)
    key, nonce, associated, text = request.data
    skip, size = request.whole("skip", 0, len(text), 0), request.whole("tag", 4, 16, 16)
    if request.choice("name", _SEALS):
        _check_chacha(key, nonce)
        sealed = ChaCha20Poly1305(key).encrypt(nonce, text, associated)
        return Result((sealed[skip:-16], sealed[-16:][:size]))
    context: Any = _context(key, _gcm(nonce), encrypting=True)
    context.authenticate_additional_data(associated)
    sealed = context.update(text) + context.finalize()
    return Result((sealed[skip:], context.tag[:size]))


def unseal(request: Request) -> Result:
    """The same the other way, with the tag behind the ciphertext as a fifth byte string. Without it nothing is checked,
    as Node's `update` gives plain bytes before `final` has seen the tag."""
    request.only("name", "skip", data=(4, 5))
    key, nonce, associated, text = request.data[:4]
    skip = request.whole("skip", 0, len(text), 0)
    tag = request.data[4] if len(request.data) > 4 else None
    if tag is not None and not 4 <= len(tag) <= 16:
        raise bad_request(f"ERR_CRYPTO_INVALID_AUTH_TAG Invalid authentication tag length: {len(tag)}")
    chacha = request.choice("name", _SEALS)
    try:
        if chacha:
            _check_chacha(key, nonce)
            if tag is not None:
                return Result((ChaCha20Poly1305(key).decrypt(nonce, text + tag, associated)[skip:],))
            stream = Cipher(algorithms.ChaCha20(key, b"\1\0\0\0" + nonce), mode=None).decryptor()
            return Result((stream.update(text)[skip:],))
        context: Any = _context(key, _gcm(nonce, tag), encrypting=False)
        context.authenticate_additional_data(associated)
        plain = context.update(text)
        if tag is not None:
            context.finalize()
    except InvalidTag:
        raise crypto_failed(UNAUTHENTIC) from None
    return Result((plain[skip:],))


def wrap(request: Request) -> Result:
    """`{unwrap?}`, a key-encryption key, a key: AES Key Wrap (RFC 3394)."""
    request.only("unwrap", data=2)
    key, text = request.data
    if len(key) not in _KEY_BYTES:
        raise bad_request("ERR_CRYPTO_INVALID_KEYLEN Invalid key length")
    if len(text) > CAPS.wrapped_bytes:
        raise work_limit(f"a key that is wrapped may have at most {CAPS.wrapped_bytes} bytes")
    try:
        return Result(((keywrap.aes_key_unwrap if request.flag("unwrap") else keywrap.aes_key_wrap)(key, text),))
    except (keywrap.InvalidUnwrap, ValueError):
        raise crypto_failed("the key cannot be wrapped or unwrapped") from None


_SEALS: Final = {"gcm": False, "chacha20-poly1305": True}


def _context(key: bytes, mode: modes.Mode, *, encrypting: bool) -> Any:
    if len(key) not in _KEY_BYTES:
        raise bad_request("ERR_CRYPTO_INVALID_KEYLEN Invalid key length")
    cipher: Any = Cipher(algorithms.AES(key), mode)
    return cipher.encryptor() if encrypting else cipher.decryptor()


def _mode(name: str, vector: bytes) -> modes.Mode:
    if name == "ecb":
        return modes.ECB()  # noqa: S305 - a protocol's choice, not ours
    if len(vector) != _BLOCK:
        raise bad_request("ERR_CRYPTO_INVALID_IV Invalid initialization vector")
    if name not in {"cbc", "ctr"}:
        raise bad_request("the mode must be cbc, ecb or ctr")
    return modes.CBC(vector) if name == "cbc" else modes.CTR(vector)


def _gcm(nonce: bytes, tag: bytes | None = None) -> modes.GCM:
    if not 8 <= len(nonce) <= 128:
        raise bad_request("ERR_CRYPTO_INVALID_IV Invalid initialization vector")
    return modes.GCM(nonce, tag, min_tag_length=4)


def _check_chacha(key: bytes, nonce: bytes) -> None:
    if len(key) != 32:
        raise bad_request("ERR_CRYPTO_INVALID_KEYLEN Invalid key length")
    if len(nonce) != 12:
        raise bad_request("ERR_CRYPTO_INVALID_IV Invalid initialization vector")


FUNCTIONS: Final = {
    "cipher": Function(block, by_size(4_000, 20)),
    "seal": Function(seal, by_size(4_000, 20)),
    "unseal": Function(unseal, by_size(4_000, 20)),
    "wrap": Function(wrap, by_size(400_000, 20)),
}
