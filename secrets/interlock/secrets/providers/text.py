"""Keys that are given as a text: that of an environment variable, or of a file that a platform mounts for it."""

from collections.abc import Sequence

from interlock.secrets import keys
from interlock.secrets.values import SecretValue


class TextKeys:
    """Provider of keys from a text. The text is an argument: settings are the executor's."""

    def __init__(self, text: SecretValue, source: str) -> None:
        """Take the text and what messages call its origin, such as `INTERLOCK_KEK`."""
        self._text = text
        self._source = source

    @property
    def source(self) -> str:
        """Return what messages call it."""
        return self._source

    async def load(self, *, first: bool) -> Sequence[keys.KeyEncryptionKey]:  # noqa: ARG002 - makes no keys
        """Return the keys of the text. Raises `KeyRefused`."""
        return keys.parse(self._text, self._source)
