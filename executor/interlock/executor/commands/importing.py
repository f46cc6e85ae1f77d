"""`interlock import`: what a tenant had elsewhere, made here."""

from pathlib import Path
from typing import Annotated, Final

import typer

from interlock.executor.commands.options import AsJson, Tenant

app: Final = typer.Typer(help="Import a tenant's actions from elsewhere.")

_APPLY_S: Final = 600


@app.callback()
def _group() -> None:
    # One command alone would take the group's place.
    pass


@app.command("auth0")
def auth0(
    path: Annotated[
        Path,
        typer.Argument(metavar="DIR|YAML", help="What Auth0's deploy tool exported.", show_default=False),
    ],
    *,
    report_only: Annotated[
        bool,
        typer.Option(
            "--report-only", metavar="", help="Say what will behave differently; ask no API: limits are the defaults."
        ),
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", metavar="", help="Show what would change as well; change nothing.")
    ] = False,
    build: Annotated[
        bool | None,
        typer.Option("--build/--no-build", help="Build it all on trial; by default with --report-only.", metavar=""),
    ] = None,
    secrets: Annotated[
        Path | None,
        typer.Option("--secrets", metavar="FILE", help='Values of secrets: {"NAME": "...", "ACTION/NAME": "..."}.'),
    ] = None,
    replace_secrets: Annotated[
        bool, typer.Option("--replace-secrets", metavar="", help="Set also those that are set already.")
    ] = False,
    mappings: Annotated[
        Path | None,
        typer.Option(
            "--mappings", metavar="FILE", help="What ##NAME## and @@NAME@@ stand for; the tool's config.json."
        ),
    ] = None,
    environment: Annotated[
        bool,
        typer.Option("--environment", metavar="", help="Take keywords and secrets from the environment as well."),
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", metavar="", help="Apply it without asking.")] = False,
    wait: Annotated[
        int, typer.Option("--wait", metavar="SECONDS", min=0, help="How long to watch it; 0: not at all.")
    ] = _APPLY_S,
    tenant: Tenant = None,
    json: AsJson = False,
) -> int:
    """Import actions, modules, orders and names of secrets; all at once, or nothing.

    First it reports, action by action, what will fail or behave differently, with the line. Then it shows what would
    change, asks, and sets secrets before anything runs. The same import again changes nothing, and none deletes.
    With --report-only it ends with 1 when something will fail.
    """
    from interlock.executor.commands import migrating  # noqa: PLC0415 - see `asking`

    options = migrating.Options(
        path=path,
        report_only=report_only,
        dry_run=dry_run,
        build=build,
        secrets=secrets,
        replace_secrets=replace_secrets,
        mappings=mappings,
        environment=environment,
        yes=yes,
        wait_s=wait,
        tenant=tenant,
        as_json=json,
    )
    return migrating.auth0(options)
