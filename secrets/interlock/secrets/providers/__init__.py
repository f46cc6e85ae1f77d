"""Where key-encryption keys come from: a text such as an environment variable's, a file, a command.

Each is a `KeyProvider` (`keys.py`). Which one is used is decided by the settings of the executor.
"""

from interlock.secrets.providers.command import CommandKeys
from interlock.secrets.providers.file import FileKeys
from interlock.secrets.providers.text import TextKeys

__all__ = ["CommandKeys", "FileKeys", "TextKeys"]
