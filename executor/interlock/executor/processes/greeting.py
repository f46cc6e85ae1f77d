"""What `interlock dev` says when it runs: where it is, who may ask it, and what to do next."""

import shlex
import sys
from typing import Final

from interlock.executor.processes.data_folder import DataFolder

_TEXT: Final = """
Interlock is at {url} and stops with Ctrl-C.

Operator key: {key}
The key is kept in {file}, and all data beside it.

Make a first tenant, in another terminal:

    curl {url}/v1/tenants -H "Authorization: Bearer $(cat {quoted})" -H 'Content-Type: application/json' -d '{body}'

`interlock --help` lists the commands that do the same and more. In this folder they find address and key by themselves.

"""


def say(url: str, folder: DataFolder, key: str) -> None:
    """Print it to standard output. The command in it works as it stands, in any folder."""
    file = folder.operator_key
    # Elsewhere than on a terminal it may be kept, and read by others.
    shown = key if sys.stdout.isatty() else f"see {file}"
    sys.stdout.write(_TEXT.format(url=url, key=shown, file=file, quoted=shlex.quote(str(file)), body='{"id": "acme"}'))
    sys.stdout.flush()
