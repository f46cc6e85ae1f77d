"""The errors of `interlock.secrets`. No message, attribute or cause of any of them holds a value or a key.

SecretsError              base: `code` is stable, the message says what to do
├── ValueNotMaskable      secret_not_text: a secret's value is not text
├── NotCopied             secret_not_copied: an opened value was about to be pickled or copied
├── SecretRefused         what was given cannot become a secret
│   ├── NameRefused       secret_name_invalid: the name is no identifier, or too long
│   ├── ValueRefused      secret_value_invalid: the value is no text, too long or empty
│   └── TooManySecrets    too_many_secrets: the action or the tenant has as many as it may
├── SecretNotFound        secret_not_found: there is no secret of that name
├── SecretsBusy           secrets_busy: others changed the same thing all the time
├── SealBroken            seal_broken: what is stored does not open: damaged, moved, or cut
└── KeysUnusable          no work can begin with the key-encryption keys (KEKs) that were given
    ├── KeyRefused        kek_invalid: what was given as a key is none
    ├── KeyFileMissing    kek_file_missing: there is no key file
    ├── KeyFileUnsafe     kek_file_unsafe: others can read the key file, or it is not ours
    ├── KeyFileFailed     kek_file_failed: the system refused to read or write the key file
    ├── KeyCommandFailed  kek_command_failed: the command that prints the keys failed, took too long or printed too much
    ├── KeyMissing        kek_missing: what is stored needs a key that was not given
    └── KeyWrong          kek_wrong: a key of the right id does not open what it should
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


class NotCopied(SecretsError, TypeError):
    """An opened value was about to be pickled or copied. A `TypeError` too: what serialises expects one."""

    code = "secret_not_copied"


class SecretRefused(SecretsError):
    """What was given cannot become a secret. The message never holds the value."""

    code = "secret_refused"


class NameRefused(SecretRefused):
    """The name is no identifier. It is not repeated: who mistakes the order of two arguments puts a value there."""

    code = "secret_name_invalid"


class ValueRefused(SecretRefused):
    """The value is no text, too long, or was given empty."""

    code = "secret_value_invalid"


class TooManySecrets(SecretRefused):
    """The action or the tenant has as many secrets as its limits allow."""

    code = "too_many_secrets"


class SecretNotFound(SecretsError):
    """There is no secret of that name in that place."""

    code = "secret_not_found"


class SecretsBusy(SecretsError):
    """Others changed the same thing at every attempt; nothing was changed here. Trying again is safe."""

    code = "secrets_busy"


class SealBroken(SecretsError):
    """What is stored does not open where it stands: it was damaged, cut, or moved there from elsewhere."""

    code = "seal_broken"


class KeysUnusable(SecretsError):
    """Base of what is wrong with the key-encryption keys."""

    code = "kek_unusable"


class KeyRefused(KeysUnusable):
    """What was given as a key is none: not base64 of 32 random bytes, given twice, or nothing at all."""

    code = "kek_invalid"


class KeyFileMissing(KeysUnusable):
    """There is no key file, and it was not asked to make one."""

    code = "kek_file_missing"


class KeyFileUnsafe(KeysUnusable):
    """The key file can be read or changed by others, is a link, or is no regular file."""

    code = "kek_file_unsafe"


class KeyFileFailed(KeysUnusable):
    """The system refused to read or write the key file."""

    code = "kek_file_failed"


class KeyCommandFailed(KeysUnusable):
    """The command that prints the keys could not be started, failed, took too long or printed too much."""

    code = "kek_command_failed"


class KeyMissing(KeysUnusable):
    """What is stored needs a key that was not given."""

    code = "kek_missing"


class KeyWrong(KeysUnusable):
    """A key of the right id does not open what it should."""

    code = "kek_wrong"
