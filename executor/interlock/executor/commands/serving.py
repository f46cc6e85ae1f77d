"""What the commands that run Interlock can be asked: `dev`, `api`, `worker`, `migrate`, `doctor`.

As in `main.py`, a command's module is imported when it is called.
"""

from pathlib import Path
from typing import Annotated

import typer

from interlock.executor.commands.options import AsJson
from interlock.executor.commands.tls_options import Tls, TlsCertificate, TlsKey, TlsPort

_Host = Annotated[str | None, typer.Option("--host", metavar="ADDRESS", help="Where to listen (INTERLOCK_HOST).")]
_Port = Annotated[
    int | None, typer.Option("--port", metavar="PORT", help="Which port; 0 is any that is free (INTERLOCK_PORT).")
]
_Processes = Annotated[
    int | None,
    typer.Option("--processes", metavar="N", help="Worker processes; one a core by default (INTERLOCK_PROCESSES)."),
]


def add(app: typer.Typer, panel: str) -> None:
    """Give the command these subcommands, in help's panel of this name."""
    app.command("dev", rich_help_panel=panel)(_dev)
    app.command("api", rich_help_panel=panel)(_api)
    app.command("worker", rich_help_panel=panel)(_worker)
    app.command("migrate", rich_help_panel=panel)(_migrate)
    app.command("doctor", rich_help_panel=panel)(_doctor)
    app.command("worker-process", hidden=True)(_worker_process)


def _dev(
    folder: Annotated[
        Path | None, typer.Argument(metavar="FOLDER", help="The project that is watched.", show_default=".")
    ] = None,
    *,
    watch: Annotated[
        bool, typer.Option("--watch", "-w", metavar="", help="Deploy a project here, again with each save.")
    ] = False,
    data: Annotated[
        Path | None, typer.Option("--data", metavar="FOLDER", help="Database, queue and keys (INTERLOCK_DATA).")
    ] = None,
    host: _Host = None,
    port: _Port = None,
    processes: _Processes = None,
    tls_port: TlsPort = None,
    tls_certificate: TlsCertificate = None,
    tls_key: TlsKey = None,
) -> int:
    """Run everything on this machine: API, workers, queue and database, in one folder. With --watch, a project runs in
    it, and again with each save.
    """
    from interlock.executor.commands import dev  # noqa: PLC0415 - see main.py

    tls = Tls(tls_port, tls_certificate, tls_key)
    return dev.dev(folder, data, host=host, port=port, processes=processes, tls=tls, watch=watch)


def _api(
    *,
    host: _Host = None,
    port: _Port = None,
    tls_port: TlsPort = None,
    tls_certificate: TlsCertificate = None,
    tls_key: TlsKey = None,
) -> int:
    """Answer /v1, and tenants' management APIs, over HTTP."""
    from interlock.executor.commands import api  # noqa: PLC0415 - see main.py

    return api.api(host, port, Tls(tls_port, tls_certificate, tls_key))


def _worker(*, processes: _Processes = None) -> int:
    """Run the workers of this machine: those for events, and the one that builds versions."""
    from interlock.executor.commands import worker  # noqa: PLC0415 - see main.py

    return worker.worker(processes)


def _worker_process(*, queue: Annotated[str, typer.Option("--queue", metavar="events|builds")]) -> int:
    """Be one worker process. `interlock worker` starts these."""
    from interlock.executor.commands import worker_process  # noqa: PLC0415 - see main.py

    return worker_process.worker_process(queue)


def _migrate() -> int:
    """Make or update the database's tables."""
    from interlock.executor.commands import migrate  # noqa: PLC0415 - see main.py

    return migrate.migrate()


def _doctor(*, json: AsJson = False) -> int:
    """Say what is wrong with this installation, and what to do about it. Ends with 1 when something is."""
    from interlock.executor.commands import doctor  # noqa: PLC0415 - see main.py

    return doctor.doctor(as_json=json)
