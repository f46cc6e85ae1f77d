"""`interlock api`: `/v1` and tenants' management APIs over HTTP."""

from interlock.executor import settings
from interlock.executor.commands.tls_options import Tls
from interlock.executor.processes import api as process


def api(host: str | None, port: int | None, tls: Tls) -> int:
    """Run until interrupted and return the exit status."""
    return process.run(settings.load(host=host, port=port, **tls.settings()))
