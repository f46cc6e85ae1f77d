"""`interlock dev`: API, workers and queue on this machine."""

from pathlib import Path

from interlock.executor import settings
from interlock.executor.commands.tls_options import Tls
from interlock.executor.processes import dev as process


def dev(data: Path | None, host: str | None, port: int | None, processes: int | None, tls: Tls) -> int:
    """Run until interrupted and return the exit status."""
    return process.run(settings.load(data=data, host=host, port=port, processes=processes, **tls.settings()))
