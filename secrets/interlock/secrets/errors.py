"""The errors of `interlock.secrets`.

SecretsError              base: `code` is stable, the message says what to do
└── ValueNotMaskable      secret_not_text: a secret's value is not text
"""


class SecretsError(Exception):
    """Base of all errors of this part. `code` never changes once published."""

    code = "secrets_error"

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class ValueNotMaskable(SecretsError):
    """A secret was given as something other than text. The message never holds the value."""

    code = "secret_not_text"
