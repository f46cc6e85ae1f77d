"""The errors of `interlock.executor`: why a command could not begin.

ExecutorError        base: `code` is stable, the message says what is wrong, `hint` what to do
├── FileRefused      file_not_found, file_is_folder, file_unreadable, file_not_text, file_too_large
├── SecretRefused    secret_syntax, secret_repeated, too_many_secrets
├── EmbeddedFailed   valkey_missing, valkey_folder_in_use, valkey_not_started
└── Misused          usage, no_resume_handler; and the codes of worker and sandbox, when they refuse what they are given

What an action does wrong is none of these: it is a result with the status `failed`.
"""


class ExecutorError(Exception):
    """Base of all errors of this part. `code` never changes once published."""

    def __init__(self, code: str, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.hint = hint


class FileRefused(ExecutorError):
    """A file that was named cannot be read as what it should be."""


class SecretRefused(ExecutorError):
    """A secret is not NAME=VALUE, or breaks a limit. The message never holds what was given: it may be a secret."""


class Misused(ExecutorError):
    """The command was called in a way that cannot work."""


class EmbeddedFailed(ExecutorError):
    """A server that Interlock brings along cannot run."""
