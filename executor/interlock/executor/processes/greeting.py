"""What `interlock dev` says when it runs: where it is, who may ask it, and what to do next."""

import shlex
import sys
from pathlib import Path
from typing import Final

from interlock.executor.data_folder import DataFolder
from interlock.executor.settings import Settings

_TEXT: Final = """
Interlock is at {url} and stops with Ctrl-C.

Operator key: {key}
It is kept in {file}, and all data beside it.

Make a first tenant, in another terminal:

    curl {url}/v1/tenants -H "Authorization: Bearer $(cat {quoted})" -H 'Content-Type: application/json' -d '{body}'

or with the command, which finds address and key by itself:

    {where}interlock tenants create acme

"""


def say(url: str, folder: DataFolder, key: str) -> None:
    """Print it to standard output. The command in it works as it stands, in any folder."""
    file = folder.operator_key
    found = folder.path == Path(Settings.model_fields["data"].default).absolute()
    where = "" if found else f"INTERLOCK_DATA={shlex.quote(str(folder.path))} "
    quoted = shlex.quote(str(file))
    sys.stdout.write(_TEXT.format(url=url, key=key, file=file, quoted=quoted, where=where, body='{"id": "acme"}'))
    sys.stdout.flush()
