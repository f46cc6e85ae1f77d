"""`interlock release`: what the triggers of a tenant run, from a file; what changed, and going back."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from interlock.executor.commands import asking, showing
from interlock.executor.commands.options import AsJson, Entity, Page, PerPage, Tenant, Trigger
from interlock.executor.errors import Misused

app: Final = typer.Typer(help="Releases: actions, modules and triggers changed at once, and going back.")

MOST_PERCENT: Final = 100
_APPLY_S: Final = 600
_File = Annotated[
    Path, typer.Argument(metavar="PATH", help="A release file, or a folder with an interlock.toml.", show_default=".")
]
_OfTrigger = Annotated[
    str | None, typer.Option("--trigger", "-t", metavar="TRIGGER", help="Of this trigger alone.", show_default=False)
]
_Weight = Annotated[
    str | None, typer.Option("--canary", metavar="PERCENT", help="Try it with a part of the events first, such as 5%.")
]
_Worse = Annotated[
    str | None,
    typer.Option("--drop-if-worse", metavar="PERCENT", help="Drop the canary when so much more of it fails."),
]
_After = Annotated[
    int | None, typer.Option("--after", metavar="N", min=1, help="Judge it after so many executions (100).")
]
_Window = Annotated[str | None, typer.Option("--window", metavar="TIME", help="Count those of the last 10m, say.")]
_PromoteAfter = Annotated[
    str | None, typer.Option("--promote-after", metavar="TIME", help="Promote it then, unless it was dropped.")
]


@app.command("apply")
def apply(
    path: _File = Path(),
    *,
    canary: _Weight = None,
    drop_if_worse: _Worse = None,
    after: _After = None,
    window: _Window = None,
    promote_after: _PromoteAfter = None,
    wait: Annotated[
        int, typer.Option("--wait", metavar="SECONDS", min=0, help="How long to watch it; 0: not at all.")
    ] = _APPLY_S,
    tenant: Tenant = None,
    json: AsJson = False,
) -> int:
    """Build all that a file names, and put it in force at once; or nothing of it. Ends with 1 when it failed."""
    from interlock.executor import release_files  # noqa: PLC0415 - see `asking`
    from interlock.executor.commands import changing  # noqa: PLC0415

    read = release_files.read(path)
    body = dict(read.body)
    rule = _rule(drop_if_worse, after, window, promote_after)
    if canary is not None:
        body["canary"] = {"weight": _percent(canary, "--canary"), **({"rule": rule} if rule else {})}
    elif rule:
        raise Misused("usage", "A rule is given, and no canary.", "Add --canary 5%, say.")
    with asking.api(tenant) as asked:
        read.check_triggers([each["id"] for each in asked.triggers()])
        change = changing.watched(asked.client, ("tenants", asked.tenant, "releases"), body, wait)
    if json:
        showing.whole(change)
        return 1 if change.get("status") == "failed" else 0
    return changing.show(change, read.code)


@app.command("diff")
def diff(
    path: _File = Path(),
    *,
    trigger: _OfTrigger = None,
    entity: Entity = None,
    before: Annotated[
        int | None, typer.Option("--before", metavar="N", min=0, help="A release of the trigger.", show_default=False)
    ] = None,
    after: Annotated[
        int | None, typer.Option("--after", metavar="N", min=1, help="A later one.", show_default=False)
    ] = None,
    tenant: Tenant = None,
    json: AsJson = False,
) -> int:
    """Show what `apply` would change; or, with --trigger, what changed from a release to another. Nothing is
    changed.
    """
    from interlock.executor import release_files  # noqa: PLC0415 - see `asking`
    from interlock.executor.commands import differences  # noqa: PLC0415

    if trigger is None and (before, after, entity) != (None, None, None):
        raise Misused("usage", "It is not said of which trigger.", "Add --trigger TRIGGER.")
    read = None if trigger else release_files.read(path)
    with asking.api(tenant) as asked:
        if read is None:
            here = ("tenants", asked.tenant, "triggers", str(trigger), "diff")
            found = asked.client.get(*here, entity=entity, before=before, after=after)
        else:
            read.check_triggers([each["id"] for each in asked.triggers()])
            found = asked.client.post("tenants", asked.tenant, "releases", "diff", body=dict(read.body))
    if json:
        return showing.whole(found)
    if trigger:
        differences.show_trigger(found)
        return 0
    differences.show_all(found)
    return 0


@app.command("history")
def history(
    *,
    trigger: _OfTrigger = None,
    entity: Entity = None,
    tenant: Tenant = None,
    page: Page = 0,
    per_page: PerPage = 20,
    json: AsJson = False,
) -> int:
    """List the changes of a tenant, the newest first; or the releases of one trigger."""
    with asking.api(tenant) as asked:
        here = ("tenants", asked.tenant, *(("triggers", trigger) if trigger else ()), "releases")
        found = asked.client.get(*here, entity=entity if trigger else None, page=page, per_page=per_page)
    columns: list[showing.Column] = [("BECAUSE OF", _reason)]
    if trigger:
        columns = [("RELEASE", "number"), ("CHANGE", "change"), *columns]
    else:
        columns = [("CHANGE", _called), *columns, ("STATUS", "status"), ("RELEASES", _releases)]
    columns += [("BY", "created_by"), ("MADE", showing.time("created_at"))]
    none = f"Nothing was ever bound. `interlock actions bind {trigger or 'TRIGGER'} NAME` does it."
    return showing.page(found, columns, as_json=json, none=none)


@app.command("rollback")
def rollback(
    number: Annotated[
        int,
        typer.Argument(metavar="NUMBER", min=0, help="The change to go back to, or the release.", show_default=False),
    ],
    *,
    trigger: _OfTrigger = None,
    entity: Entity = None,
    tenant: Tenant = None,
    json: AsJson = False,
) -> int:
    """Put all triggers back to what ran after a change; or, with --trigger, one to an older release of it.

    It is a new change, so it can be undone. Secrets keep their present values. Canaries are dropped.
    """
    from interlock.executor.commands import changing  # noqa: PLC0415 - see `asking`

    with asking.api(tenant) as asked:
        here = ("tenants", asked.tenant, *(("triggers", trigger) if trigger else ()), "releases", str(number))
        query = {"entity": entity if trigger else None}
        made = asked.client.ask("POST", *here, "rollback", body={}, query=query).record
    if json:
        return showing.whole(made)
    return say(trigger, made) if trigger else changing.show(made)


@app.command("canary")
def canary(
    trigger: Trigger,
    *,
    weight: Annotated[
        str | None, typer.Option("--weight", metavar="PERCENT", help="Its part of the events, such as 5%.")
    ] = None,
    release: Annotated[
        int | None,
        typer.Option("--release", metavar="N", min=1, help="Begin one: try this older release.", show_default=False),
    ] = None,
    drop_if_worse: _Worse = None,
    after: _After = None,
    window: _Window = None,
    promote_after: _PromoteAfter = None,
    promote: Annotated[bool, typer.Option("--promote", metavar="", help="Put it in force for all events.")] = False,
    drop: Annotated[bool, typer.Option("--drop", metavar="", help="Take it away.")] = False,
    entity: Entity = None,
    tenant: Tenant = None,
    json: AsJson = False,
) -> int:
    """Show a trigger's canary and how it does; change, promote or drop it. `release apply --canary` begins one."""
    rule = _rule(drop_if_worse, after, window, promote_after)
    changed = weight is not None or release is not None or bool(rule)
    if promote + drop + changed > 1:
        raise Misused("usage", "These options contradict each other.", "Change it, promote it or drop it.")
    with asking.api(tenant) as asked:
        here = ("tenants", asked.tenant, "triggers", trigger, "canary")
        of = {"entity": entity}
        if promote or drop:
            others = asked.client.get(*here, entity=entity).get("others") or []
            found = (
                asked.client.ask("POST", *here, "promote", body={}, query=of).record
                if promote
                else asked.client.ask("DELETE", *here, query=of).record
            )
            return showing.whole(found) if json else _say_ended(trigger, found, others, promoted=promote)
        if changed:
            body: dict[str, Any] = {"rule": rule} if rule else {}
            body |= {} if weight is None else {"weight": _percent(weight, "--weight")}
            body |= {} if release is None else {"release": release}
            found = asked.client.put(*here, body=body, entity=entity)
        else:
            found = asked.client.get(*here, entity=entity)
    return showing.whole(found) if json else _show_canary(found)


def say(trigger: str, release: Mapping[str, Any]) -> int:
    """Print a release that is now in force. Return 0."""
    showing.say(f"Release {release.get('number')} of {trigger} is in force.")
    actions = release.get("actions") or []
    if actions:
        columns: list[showing.Column] = [
            ("", lambda entry: int(entry.get("position", 0)) + 1),
            ("ACTION", "action_name"),
            ("VERSION", "version_number"),
        ]
        showing.table(actions, columns)
    else:
        showing.note("It runs no action: events complete at once.")
    return 0


def _say_ended(trigger: str, release: Mapping[str, Any], others: Sequence[Mapping[str, Any]], *, promoted: bool) -> int:
    from interlock.executor.commands import changing  # noqa: PLC0415 - see `asking`

    say(trigger, release)
    for each in others:
        number = each["canary" if promoted else "stable"]["release"]
        showing.say(f"With it, release {number} of {changing.place_of(each)} is in force.")
    return 0


def _show_canary(found: Mapping[str, Any]) -> int:
    from interlock.executor.commands import changing  # noqa: PLC0415 - see `asking`

    tried = found["canary"]
    showing.say(f"Release {tried['release']} of {changing.place_of(found)} has {found['weight']:g} % of the events.")
    columns: list[showing.Column] = [
        ("RELEASE", "release"),
        ("", lambda each: "canary" if each is tried else "in force"),
        ("EXECUTIONS", "executions"),
        ("FAILED", "failed"),
    ]
    showing.table([found["stable"], tried], columns)
    others = found.get("others") or []
    for each in others:
        trial, stable = each["canary"], each["stable"]
        counted = f"{trial['executions']} executions, {trial['failed']} failed"
        beside = f"{stable['executions']} and {stable['failed']} of what is in force"
        showing.say(f"As one with it, release {trial['release']} of {changing.place_of(each)}: {counted}; {beside}.")
    rule = found.get("rule") or {}
    if rule:
        promoted = rule.get("promote_after_s")
        then = f" Otherwise it is promoted after {promoted} s." if promoted else ""
        worse = f"{rule['drop_if_worse']:g} percentage points more of them fail"
        showing.note(f"It is dropped when, after {rule['after']} executions in {rule['window_s']} s, {worse}.{then}")
    return 0


def _rule(worse: str | None, after: int | None, window: str | None, promote_after: str | None) -> dict[str, Any]:
    from interlock.executor.commands import quantities  # noqa: PLC0415 - see `asking`

    given = {
        "drop_if_worse": None if worse is None else quantities.percent(worse, "--drop-if-worse"),
        "after": after,
        "window_s": None if window is None else quantities.seconds(window, "--window"),
        "promote_after_s": None if promote_after is None else quantities.seconds(promote_after, "--promote-after"),
    }
    return {name: value for name, value in given.items() if value is not None}


def _percent(text: str, option: str) -> float:
    from interlock.executor.commands import quantities  # noqa: PLC0415 - see `asking`

    share = quantities.percent(text, option)
    if not 0 < share <= MOST_PERCENT:
        message = f"{option} {text}: a canary has more than 0 % of the events, and at most 100 %."
        raise Misused("usage", message, "`interlock release canary TRIGGER --drop` ends one, `--promote` gives it all.")
    return share


def _called(change: Mapping[str, Any]) -> object:
    return change.get("change") or change.get("id")


def _reason(change: Mapping[str, Any]) -> str:
    restored = change.get("restores")
    return str(change.get("reason") or "") if restored is None else f"{change.get('reason')} to {restored}"


def _releases(change: Mapping[str, Any]) -> str:
    from interlock.executor.commands import changing  # noqa: PLC0415 - see `asking`

    return ", ".join(f"{changing.place_of(each)} {each['number']}" for each in change.get("releases") or []) or "-"
