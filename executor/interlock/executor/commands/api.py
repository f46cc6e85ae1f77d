"""`interlock api`: `/v1` over HTTP."""

from interlock.executor import settings
from interlock.executor.processes import api as process


def api(host: str | None, port: int | None) -> int:
    """Run until interrupted and return the exit status."""
    return process.run(settings.load(host=host, port=port))
