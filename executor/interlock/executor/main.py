"""The command line: what `interlock` can be asked. What each command does is in `commands/`.

    exit status   when
    0             done; for `run` and `events send`: the flow completed, was denied or was suspended
    1             the flow failed; a replay differs; a build failed (`actions deploy`, `deploy`); a case failed
                  (`test`); a rotation found what does not open; `doctor` found something wrong; a host cannot be
                  reached (`policies explain`)
    2             nothing was done, or it is not known: the command was misused, the API refused or did not answer,
                  the installation is incomplete; or what came of it could not be written
    130           interrupted

Results go to standard output, errors to standard error. A command's module is imported when the command is called:
`interlock --help` needs neither sandbox nor triggers, and comes at once.
"""

import contextlib
import gc
import io
import itertools
import os
import re
import sys
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path
from typing import Annotated, Final, NoReturn, TextIO

import typer

from interlock.executor import errors
from interlock.executor.commands import (
    actions,
    events,
    executions,
    importing,
    keys,
    log_streams,
    modules,
    policies,
    release,
    secrets,
    serving,
    tenants,
)
from interlock.executor.commands.options import (
    Allow,
    AsJson,
    CertificateFiles,
    Dependencies,
    GivenSecrets,
    Resolve,
    Tenant,
    Triggers,
)
from interlock.executor.errors import ExecutorError, Misused, OutputUnwritable, SecretRefused

_RUN_HELP: Final = """\
Run an action on an event, or several actions as a chain.

An action is a CommonJS file that exports its trigger's handler: exports.onExecutePostLogin = async (event, api) => {}.

Several run in the order given, each in a fresh instance; what a later one sees is what it would see at Auth0.

For example: interlock event post-login > event.json; interlock run tier.js --trigger post-login --event event.json
"""

_DEVELOP: Final = "Develop a project"
_TRY: Final = "Try an action here"
_SERVE: Final = "Run Interlock"
_OPERATE: Final = "Ask the API: tenants and keys"
_AUTHOR: Final = "Ask the API: actions of a tenant"
_GROUPS: Final = (
    ("tenants", _OPERATE, tenants.app),
    ("keys", _OPERATE, keys.app),
    ("secrets", _OPERATE, secrets.app),
    ("actions", _AUTHOR, actions.app),
    ("modules", _AUTHOR, modules.app),
    ("release", _AUTHOR, release.app),
    ("import", _AUTHOR, importing.app),
    ("policies", _AUTHOR, policies.app),
    ("events", _AUTHOR, events.app),
    ("executions", _AUTHOR, executions.app),
    ("log-streams", _OPERATE, log_streams.app),
)

_EPILOG: Final = "Exit status: 0 done, 1 the flow failed, 2 it was not done. NO_COLOR turns colours off."


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command with these arguments, by default the process's own, and leave with its exit status."""
    given = sys.argv[1:] if arguments is None else list(arguments)
    if arguments is None:
        _collect_seldom()
    # Python has no stream where the shell has closed one (`>&-`): what is written there goes nowhere.
    sys.stdout = sys.stdout or _nowhere()
    sys.stderr = sys.stderr or _nowhere()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A terminal that lacks a character must not end the command.
            stream.reconfigure(errors="backslashreplace")
    command = typer.main.get_command(application())
    try:
        status = command.main(given or ["--help"], prog_name="interlock", standalone_mode=False)
        with errors.writing():
            sys.stdout.flush()
    except typer.TyperException as error:
        context = getattr(error, "ctx", None)
        called = context.command_path if context else "interlock"
        status = _fail(Misused("usage", error.format_message(), f"`{called} --help` says what there is."), given)
    except OutputUnwritable as error:
        _drop_output()
        status = _fail(error, given)
    except ExecutorError as error:
        status = _fail(error, given)
    except BrokenPipeError:
        # Whoever reads the output has seen enough (`| head`).
        _drop_output()
        status = 0
    sys.exit(status)


def _collect_seldom() -> None:
    """Let a command's modules come without garbage collection after every few hundred objects: none of them is garbage,
    and it is a fifth of the time that a process needs to start.
    """
    gc.set_threshold(100_000, 20, 20)


def _nowhere() -> TextIO:
    return Path(os.devnull).open("w", encoding="utf-8")


def _drop_output() -> None:
    # What is left in the buffer must not fail again when Python flushes it at the end.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def application() -> typer.Typer:
    """Return the command with its subcommands."""
    app = typer.Typer(
        help="Runs actions: a tenant's own JavaScript at the points of a login pipeline, as Auth0 Actions does.",
        epilog=_EPILOG,
        add_completion=False,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(_options)
    app.command("init", rich_help_panel=_DEVELOP)(_init)
    app.command("test", rich_help_panel=_DEVELOP)(_test)
    app.command("deploy", rich_help_panel=_DEVELOP)(_deploy)
    app.command("run", help=_RUN_HELP, epilog=_EPILOG, rich_help_panel=_TRY)(_run)
    app.command("event", rich_help_panel=_TRY)(_event)
    app.command("triggers", rich_help_panel=_TRY)(_triggers)
    app.command("types", rich_help_panel=_TRY)(_types)
    serving.add(app, _SERVE)
    app.command("tail", rich_help_panel=_AUTHOR)(_tail)
    app.command("replay", rich_help_panel=_AUTHOR)(_replay)
    app.command("export", rich_help_panel=_AUTHOR)(_export)
    for name, panel, group in _GROUPS:
        app.add_typer(group, name=name, rich_help_panel=panel)
    return app


def _version(wanted: bool) -> None:
    if wanted:
        sys.stdout.write(f"interlock {metadata.version('interlock')}\n")
        raise typer.Exit


def _options(
    _: Annotated[
        bool,
        typer.Option("--version", metavar="", callback=_version, is_eager=True, help="Print the version and leave."),
    ] = False,
) -> None:
    # What may stand before a command.
    pass


def _init(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Where; made when it is not there.")] = Path(),
    *,
    typescript: Annotated[bool, typer.Option("--typescript", metavar="", help="In TypeScript.")] = False,
    trigger: Annotated[
        list[str] | None,
        typer.Option("--trigger", "-t", metavar="TRIGGER", help="With an action for it (post-login). May be repeated."),
    ] = None,
    triggers: Triggers = None,
) -> int:
    """Make a project: actions as files, cases, events, types. No file that is there is written over."""
    from interlock.executor import operator_triggers  # noqa: PLC0415 - see the top
    from interlock.executor.commands import init  # noqa: PLC0415 - see the top

    return init.init(folder, trigger or [], operator_triggers.given(triggers), typescript=typescript)


_Project = Annotated[Path, typer.Argument(metavar="FOLDER", help="The project's, with its interlock.toml.")]


def _test(
    folder: _Project = Path(),
    *,
    only: Annotated[
        str | None,
        typer.Option("--filter", "-f", metavar="TEXT", help="Those alone that have this in their name or file."),
    ] = None,
    record: Annotated[
        bool,
        typer.Option(
            "--record", metavar="", help="Ask the real network, and write its answers and what comes into the cases."
        ),
    ] = False,
    update: Annotated[
        bool, typer.Option("--update", metavar="", help="With --record: what is recorded already, too, anew.")
    ] = False,
    secret: GivenSecrets = None,
    allow: Allow = None,
    resolve: Resolve = None,
    ca: CertificateFiles = None,
    triggers: Triggers = None,
    json: AsJson = False,
) -> int:
    """Run the cases of a project, offline, and say what is not as expected. Ends with 1 when something is not.

    --secret, --allow, --resolve and --ca are for --record, and are what they are for `interlock run`.
    """
    from interlock.executor import operator_triggers  # noqa: PLC0415 - see the top
    from interlock.executor.commands import test  # noqa: PLC0415 - see the top

    recording = test.recorded(secret or [], allow or [], resolve or [], ca or [], record=record, update=update)
    return test.test(folder, only, operator_triggers.given(triggers), recording=recording, as_json=json)


def _deploy(
    folder: _Project = Path(),
    *,
    yes: Annotated[bool, typer.Option("--yes", "-y", metavar="", help="Do not ask whether it is meant.")] = False,
    wait: Annotated[int, typer.Option("--wait", metavar="SECONDS", min=0, help="How long to watch it.")] = 600,
    tenant: Tenant = None,
    json: AsJson = False,
) -> int:
    """Show what a project would change on a server, ask, and put it in force, all or nothing. Ends with 1 when it
    failed.
    """
    from interlock.executor.commands import deploy  # noqa: PLC0415 - see the top

    return deploy.deploy(folder, tenant, wait, yes=yes, as_json=json)


def _run(
    *,
    actions: Annotated[
        list[Path], typer.Argument(metavar="ACTION.js", help="The actions, in order.", show_default=False)
    ],
    trigger: Annotated[
        str, typer.Option("--trigger", "-t", metavar="TRIGGER", help="The trigger, such as post-login.")
    ],
    event: Annotated[str, typer.Option("--event", "-e", metavar="EVENT.json", help="The event; - is standard input.")],
    secret: GivenSecrets = None,
    dependency: Dependencies = None,
    module: Annotated[
        list[str] | None,
        typer.Option("--module", metavar="NAME=FILE", help="What require('actions:NAME') gives. May be given again."),
    ] = None,
    returns: Annotated[
        list[str] | None,
        typer.Option(
            "--continue",
            metavar="EVENT.json",
            help="Goes on with the suspended flow when its user is back with this event. May be given again.",
        ),
    ] = None,
    allow: Allow = None,
    resolve: Resolve = None,
    ca: CertificateFiles = None,
    triggers: Triggers = None,
    json: AsJson = False,
) -> int:
    from interlock.executor import network_options, operator_triggers  # noqa: PLC0415 - see the top
    from interlock.executor.commands import run  # noqa: PLC0415 - see the top

    reach = network_options.parse(allow or [], resolve or [], ca or [])
    return run.run(
        actions,
        trigger,
        event,
        secret or [],
        dependency or [],
        modules=module or [],
        reach=reach,
        catalogue=operator_triggers.given(triggers),
        returns=returns or [],
        as_json=json,
    )


def _event(
    trigger: Annotated[str, typer.Argument(metavar="TRIGGER", help="Such as post-login.", show_default=False)],
    triggers: Triggers = None,
) -> int:
    """Print a complete, realistic event of a trigger as JSON."""
    from interlock.executor import operator_triggers  # noqa: PLC0415 - see the top
    from interlock.executor.commands import event  # noqa: PLC0415 - see the top

    return event.event(trigger, operator_triggers.given(triggers))


def _triggers(
    *,
    triggers: Triggers = None,
    server: Annotated[bool, typer.Option("--server", metavar="", help="Those that the API has.")] = False,
    json: AsJson = False,
) -> int:
    """List the triggers: where in the login pipeline an action can run."""
    from interlock.executor import operator_triggers  # noqa: PLC0415 - see the top
    from interlock.executor.commands import asking  # noqa: PLC0415
    from interlock.executor.commands import triggers as command  # noqa: PLC0415

    if server:
        with asking.api() as asked:
            return command.show(asked.triggers(), as_json=json)

    return command.triggers(operator_triggers.given(triggers), as_json=json)


def _types(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Where to write them.")] = Path("types"),
    triggers: Triggers = None,
) -> int:
    """Write TypeScript declarations of every trigger's event and api, for editors and tsc."""
    from interlock.executor import operator_triggers  # noqa: PLC0415 - see the top
    from interlock.executor.commands import types  # noqa: PLC0415 - see the top

    return types.types(folder, operator_triggers.given(triggers))


def _tail(
    *,
    action: Annotated[str | None, typer.Option("--action", "-a", metavar="NAME", help="Of this action.")] = None,
    trigger: Annotated[str | None, typer.Option("--trigger", "-t", metavar="TRIGGER", help="Of this trigger.")] = None,
    execution: Annotated[str | None, typer.Option("--execution", metavar="ID", help="Of this execution.")] = None,
    status: Annotated[
        str | None, typer.Option("--status", metavar="STATUS", help="Of executions that end so, when they have.")
    ] = None,
    no_follow: Annotated[bool, typer.Option("--no-follow", metavar="", help="Print what is there and leave.")] = False,
    tenant: Tenant = None,
    json: AsJson = False,
) -> int:
    """Follow console output, errors and ends of executions, across all workers. With --json, a line an event."""
    from interlock.executor.commands import tail  # noqa: PLC0415 - see the top

    filters = {"action": action, "trigger": trigger, "execution": execution, "status": status}
    return tail.tail(tenant, filters, follow=not no_follow, as_json=json)


def _replay(
    *,
    execution: Annotated[str, typer.Argument(metavar="EXECUTION", help="Its id.", show_default=False)],
    action: Annotated[
        str | None, typer.Option("--action", "-a", metavar="NAME", help="Show this action alone; whose code is edited.")
    ] = None,
    edited: Annotated[
        Path | None, typer.Option("--with", metavar="FILE", help="Run this code in the action's place.")
    ] = None,
    dependency: Dependencies = None,
    tenant: Tenant = None,
    json: AsJson = False,
) -> int:
    """Run an execution again, offline, and show what differs. Ends with 1 when something does."""
    from interlock.executor.commands import replay  # noqa: PLC0415 - see the top

    return replay.replay(execution, action, edited, dependency or [], tenant, as_json=json)


def _export(
    *,
    path: Annotated[
        Path, typer.Argument(metavar="DIR|YAML", help="A folder, or a file that ends in .yaml.", show_default=False)
    ],
    form: Annotated[
        str | None, typer.Option("--format", metavar="FORMAT", help="directory or yaml; by default as the path says.")
    ] = None,
    replace: Annotated[
        bool, typer.Option("--replace", metavar="", help="In place of an export that is there.")
    ] = False,
    tenant: Tenant = None,
    json: AsJson = False,
) -> int:
    """Write a tenant's actions, modules and orders in the format of Auth0's deploy tool, without values of secrets."""
    from interlock.executor.commands import exporting  # noqa: PLC0415 - see the top

    return exporting.export(path, form, tenant, replace=replace, as_json=json)


def _fail(error: ExecutorError, arguments: Sequence[str]) -> int:
    from interlock.executor import output  # noqa: PLC0415 - see the top
    from interlock.secrets import Masker  # noqa: PLC0415

    # Whatever was misused, a message may repeat an argument, and an argument may be a secret in the wrong place. What
    # refuses a secret repeats none: a hint about NAME=VALUE stays readable for who wrote "--secret NAME".
    masker = Masker([] if isinstance(error, SecretRefused) else _secret_values(arguments))
    hint = error.hint or _where_to_look(error, arguments)
    masked = ExecutorError(error.code, masker.text(error.message), masker.text(hint))
    with contextlib.suppress(OSError, OutputUnwritable):  # the status says it, too
        output.write_error(masked, as_json="--json" in arguments)
    return 2


def _where_to_look(error: ExecutorError, arguments: Sequence[str]) -> str:
    named = (f"{noun}s" for noun in ("tenant", "execution", "action", "module") if f"no {noun} '" in error.message)
    group = next(itertools.chain(named, arguments), "")
    listed = {name for name, _, app in _GROUPS if any(command.name == "list" for command in app.registered_commands)}
    if not error.code.endswith("not_found") or error.code == "file_not_found":
        return ""
    if group == "release":
        return "`interlock release history` shows what there is."
    what = "versions NAME" if "no version " in error.message else "list"
    return f"`interlock {group} {what}` shows what there is." if group in listed else ""


def _secret_values(arguments: Sequence[str]) -> list[str]:
    after = [value for option, value in itertools.pairwise(arguments) if option in {"--secret", "-s"}]
    joined = [
        found.group(1) for argument in arguments if (found := re.match(r"(?:-s|--secret=)(.+)", argument, re.DOTALL))
    ]
    return [value.partition("=")[2] or value for value in after + joined]
