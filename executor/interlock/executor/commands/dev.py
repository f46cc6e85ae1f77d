"""`interlock dev`: API, workers and queue on this machine; with `--watch`, a project that is deployed at each save."""

from pathlib import Path
from typing import TYPE_CHECKING

from interlock.executor import release_files, settings
from interlock.executor.commands import redeploying
from interlock.executor.commands.tls_options import Tls
from interlock.executor.errors import Misused
from interlock.executor.processes import dev as process

if TYPE_CHECKING:
    from interlock.executor.settings import Settings


def dev(
    folder: Path | None,
    data: Path | None,
    *,
    host: str | None,
    port: int | None,
    processes: int | None,
    tls: Tls,
    watch: bool,
) -> int:
    """Run until interrupted and return the exit status. Raises Misused (usage, release_file_missing)."""
    loaded = settings.load(data=data, host=host, port=port, processes=processes, **tls.settings())
    if not watch:
        if folder is not None:
            raise Misused("usage", f"The folder {folder} is named, and nothing is to be watched.", "Add --watch.")
        return process.run(loaded)
    if "log_level" not in loaded.model_fields_set:
        # Its own requests, four a save, would stand between what is told of saves.
        loaded = loaded.model_copy(update={"log_level": "warning"})
    return process.run(loaded, _beside(folder or Path(), loaded))


def _beside(folder: Path, loaded: "Settings") -> process.Beside:
    if not (folder / release_files.NAME).is_file():
        raise Misused(
            "release_file_missing", f"There is no {folder / release_files.NAME}.", "`interlock init` makes a project."
        )
    tenant = loaded.tenant or redeploying.TENANT
    return lambda url, key: redeploying.redeployed(folder, tenant, redeploying.access(url, key))
