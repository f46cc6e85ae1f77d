"""`--secret NAME=VALUE`: reading and limiting the secrets of a run.

Rule of this file: no message holds anything of what was given but a well-formed name. `--secret hunter2` is a mistake
that must not put a password into a log.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from interlock.executor.errors import SecretRefused

# As at Auth0 (docs/COMPATIBILITY.md, Limits): 30 secrets an action, names of 128 characters, values of 4,096.
MOST_SECRETS: Final = 30
LONGEST_NAME: Final = 128
LONGEST_VALUE: Final = 4_096

HINT: Final = "Write --secret NAME=VALUE; the action reads it as event.secrets.NAME."

_NAME: Final = re.compile(rf"[A-Za-z_][A-Za-z0-9_]{{0,{LONGEST_NAME - 1}}}")


def parse(options: Sequence[str]) -> dict[str, str]:
    """Return the secrets of these options. Raises `SecretRefused` (secret_syntax, secret_repeated)."""
    secrets: dict[str, str] = {}
    for number, option in enumerate(options, start=1):
        name, equals, value = option.partition("=")
        place = f"--secret number {number}" if len(options) > 1 else "--secret"
        if not equals:
            raise SecretRefused("secret_syntax", f"{place} is not NAME=VALUE: it has no '='.", HINT)
        if not _NAME.fullmatch(name):
            raise SecretRefused(
                "secret_syntax",
                f"The name in {place} must be of letters, digits and _, not begin with a digit, and have at most "
                f"{LONGEST_NAME} characters.",
                HINT,
            )
        if name in secrets:
            raise SecretRefused("secret_repeated", f"The secret {name} is given more than once.", "Keep one of them.")
        secrets[name] = value
    return secrets


def check(secrets: Mapping[str, str]) -> None:
    """Check the secrets of a run as a whole: from options and from the event file.

    Raises `SecretRefused` (secret_syntax, too_many_secrets).
    """
    for number, (name, value) in enumerate(secrets.items(), start=1):
        if not _NAME.fullmatch(name):
            raise SecretRefused(
                "secret_syntax",
                f"The name of secret number {number} of the event must be of letters, digits and _, not begin with a "
                f"digit, and have at most {LONGEST_NAME} characters.",
            )
        if len(value) > LONGEST_VALUE:
            raise SecretRefused(
                "secret_syntax",
                f"The value of the secret {name} has {len(value)} characters; at most {LONGEST_VALUE} are possible.",
            )
    if len(secrets) > MOST_SECRETS:
        raise SecretRefused(
            "too_many_secrets", f"There are {len(secrets)} secrets; an action can have at most {MOST_SECRETS}."
        )
