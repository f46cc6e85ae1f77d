"""Names of rows: a prefix that says what it is, and 120 random bits that nobody guesses."""

from base64 import b32encode
from os import urandom

_BYTES = 15  # 24 letters of base32, without padding


def new(prefix: str) -> str:
    """A new id, such as `act_4qzk2m...`: letters and digits only, the same in a URL, a log and a file name."""
    return f"{prefix}_{b32encode(urandom(_BYTES)).decode().lower()}"
