"""`interlock policies`: what the actions of a trigger may reach and use, and why something is refused."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from interlock.executor.commands import asking, policy_options, showing
from interlock.executor.commands.options import Action, AsJson, Entity, Tenant, Trigger
from interlock.executor.commands.policy_options import (
    Allow,
    Clear,
    Deny,
    EgressFile,
    InsecureTls,
    Limit,
    Mode,
    Private,
    Public,
    Wanted,
)
from interlock.executor.errors import ApiFailed, Misused

if TYPE_CHECKING:  # the help of all commands is quick without it
    from interlock.executor.client import Client

app: Final = typer.Typer(help="Policies: what the actions of a trigger may reach and use, and why not.")

_OfAction = Annotated[
    str | None, typer.Option("--action", "-a", metavar="ACTION", help="Of this action's own lists, which only narrow.")
]
_Target = Annotated[
    str, typer.Argument(metavar="HOST:PORT", help="Such as api.example.com:443 or [::1]:8080.", show_default=False)
]


@app.command("show")
def show(trigger: Trigger, *, entity: Entity = None, tenant: Tenant = None, json: AsJson = False) -> int:
    """Show the policy in force, and how far the tenant was granted to go."""
    with asking.api(tenant) as asked:
        release = _release(asked.client, asked.tenant, trigger, entity)
        granted = asked.client.get("tenants", asked.tenant)
        if json:
            parts = ("limits", "egress")
            in_force = {"release": release.get("number", 0), **{part: release.get(part) for part in parts}}
            return showing.whole({**in_force, "granted": {part: granted.get(part) for part in parts}})
        names = _names(asked.client, asked.tenant, release.get("egress", {}))
    _say(trigger, release, names)
    showing.say("")
    showing.say(f"Granted to {granted.get('id')}, as far as its own keys may go:")
    showing.record(described(granted))
    return 0


@app.command("set")
def set_(
    trigger: Trigger,
    *,
    allow: Allow = None,
    deny: Deny = None,
    private: Private = None,
    public: Public = None,
    insecure_tls: InsecureTls = None,
    limit: Limit = None,
    clear: Clear = None,
    egress: EgressFile = None,
    action: _OfAction = None,
    entity: Entity = None,
    tenant: Tenant = None,
    json: AsJson = False,
) -> int:
    """Set what is given anew, and put it in force as a new release. What is not given stays."""
    flags = {"public": public, "insecure_tls": insecure_tls}
    wanted = policy_options.read(_lists(allow, deny, private), flags, limit, clear, egress)
    return _change(wanted, "set", trigger, entity, tenant, action, as_json=json)


@app.command("add")
def add(
    trigger: Trigger,
    *,
    allow: Allow = None,
    deny: Deny = None,
    private: Private = None,
    action: _OfAction = None,
    entity: Entity = None,
    tenant: Tenant = None,
    json: AsJson = False,
) -> int:
    """Add rules to lists, and put that in force as a new release."""
    wanted = policy_options.read(_lists(allow, deny, private))
    return _change(wanted, "add", trigger, entity, tenant, action, as_json=json)


@app.command("remove")
def remove(
    trigger: Trigger,
    *,
    allow: Allow = None,
    deny: Deny = None,
    private: Private = None,
    action: _OfAction = None,
    entity: Entity = None,
    tenant: Tenant = None,
    json: AsJson = False,
) -> int:
    """Remove rules from lists, and put that in force as a new release."""
    wanted = policy_options.read(_lists(allow, deny, private))
    return _change(wanted, "remove", trigger, entity, tenant, action, as_json=json)


@app.command("explain")
def explain(
    trigger: Trigger,
    target: _Target,
    *,
    action: Action = None,
    entity: Entity = None,
    tenant: Tenant = None,
    json: AsJson = False,
) -> int:
    """Say whether a host can be reached, by which rule, and how to allow it. Ends with 1 when it cannot."""
    host, port = _split(target)
    with asking.api(tenant) as asked:
        place = ("tenants", asked.tenant, "triggers", trigger, "policy", "explain")
        told = asked.client.get(*place, host=host, port=port, action=action, entity=entity)
        whose = asked.tenant
    if json:
        showing.whole(told)
    else:
        _explain(told, trigger, whose, entity)
    return 0 if told.get("allowed") else 1


def described(policy: Mapping[str, Any], names: Mapping[str, str] | None = None) -> list[tuple[str, object]]:
    """Return the limits and egress of a release or a tenant, as a record shows them. `names`: actions by their ids."""
    egress, limits = policy.get("egress") or {}, policy.get("limits") or {}
    public = "those of allow alone" if egress.get("allow") else "all" if egress.get("public", True) else "none"
    unverified = "may be left unverified" if egress.get("insecure_tls") else "always verified"
    lists: list[tuple[str, object]] = [(name, egress.get(name)) for name in policy_options.LISTS]
    pairs = [("public addresses", public), *lists, ("certificates", unverified)]
    pairs += [("limits", ", ".join(f"{name}={value}" for name, value in limits.items()) or "as by default")]
    for action, narrowing in (egress.get("actions") or {}).items():
        said = [f"{name} {', '.join(rules)}" for name, rules in narrowing.items()]
        pairs.append((f"less for {(names or {}).get(action, action)}", "; ".join(said)))
    return pairs


def _change(  # noqa: PLR0917 - what the commands were given
    wanted: Wanted,
    mode: Mode,
    trigger: str,
    entity: str | None,
    tenant: str | None,
    action: str | None,
    *,
    as_json: bool,
) -> int:
    policy_options.require(wanted)
    with asking.api(tenant) as asked:
        release = _release(asked.client, asked.tenant, trigger, entity)
        if "number" not in release:
            raise Misused(
                "not_found",
                f"Nothing was ever bound to {trigger}, so it has no policy of its own.",
                f"`interlock actions bind {trigger} NAME` makes a first release; `interlock tenants change` says what "
                "that begins with.",
            )
        body: dict[str, Any] = {"expected_release": release.get("number", 0)}
        if wanted.about_egress:
            narrowed = asked.client.get("tenants", asked.tenant, "actions", action).get("id") if action else ""
            body["egress"] = wanted.egress(release.get("egress") or {}, mode, str(narrowed))
        if wanted.about_limits:
            body["limits"] = wanted.changed_limits(release.get("limits") or {})
        made = asked.client.put("tenants", asked.tenant, "triggers", trigger, "policy", body=body, entity=entity)
        names = {} if as_json else _names(asked.client, asked.tenant, made.get("egress", {}))
    if as_json:
        return showing.whole(made)
    _say(trigger, made, names)
    return 0


def _say(trigger: str, release: Mapping[str, Any], names: Mapping[str, str]) -> None:
    number = release.get("number")
    showing.say(
        f"Release {number} of {trigger}:" if number else f"Nothing was ever bound to {trigger}; it begins with:"
    )
    showing.record(described(release, names))


def _release(client: "Client", tenant: str, trigger: str, entity: str | None) -> Mapping[str, Any]:
    """What is in force; where nothing ever was, what a first release begins with."""
    try:
        return client.get("tenants", tenant, "triggers", trigger, "releases", "current", entity=entity)
    except ApiFailed as failed:
        if failed.code != "not_found":
            raise
        granted = client.get("tenants", tenant)
        return {part: granted.get(part) for part in ("limits", "egress")}


def _names(client: "Client", tenant: str, egress: Mapping[str, Any]) -> dict[str, str]:
    """The names of the actions that a policy narrows. One that was deleted has none."""
    names = {}
    for action in egress.get("actions") or {}:
        try:
            names[action] = str(client.get("tenants", tenant, "actions", action).get("name"))
        except ApiFailed as failed:
            if failed.code != "not_found":
                raise
    return names


def _lists(allow: list[str] | None, deny: list[str] | None, private: list[str] | None) -> dict[str, list[str] | None]:
    return {"allow": allow, "deny": deny, "private": private}


def _split(target: str) -> tuple[str, int]:
    host, colon, port = target.rpartition(":")
    if not colon or not host or not (port.isascii() and port.isdigit() and 1 <= len(port) <= 5 and int(port)):
        raise Misused(
            "usage", f"{target!a} is no host and port.", "Write HOST:PORT, such as db.internal:5432 or [::1]:8080."
        )
    return host, int(port)


def _explain(told: Mapping[str, Any], trigger: str, tenant: str, entity: str | None) -> None:
    host = f"[{told['host']}]" if ":" in str(told.get("host")) else told.get("host")
    message = f"{str(told.get('message') or '').rstrip('.')}."
    word = "There is nothing to reach" if told.get("reason") == "dns_failed" else "Refused"
    showing.say(f"{host}:{told.get('port')} can be reached." if told.get("allowed") else f"{word}: {message}")
    pairs = [("rule", told.get("rule")), ("address", told.get("address"))]
    if shown := [pair for pair in pairs if pair[1]]:
        showing.record(shown)
    remedy = told.get("remedy")
    if remedy:
        showing.say("To allow it:")
        for line in _commands(remedy, trigger, tenant, entity):
            showing.say(f"  {line}")
    elif not told.get("allowed") and told.get("hint"):
        showing.say(f"{str(told['hint'])[:1].upper()}{str(told['hint'])[1:]}.")


def _commands(remedy: Mapping[str, Any], trigger: str, tenant: str, entity: str | None) -> list[str]:
    import shlex  # noqa: PLC0415 - see `asking`

    kept, rule = str(remedy.get("list")), shlex.quote(str(remedy.get("rule")))
    verb = "remove" if kept == "deny" else "add"
    more = f" --action {shlex.quote(str(remedy['action']))}" if remedy.get("action") else ""
    more += f" --entity {shlex.quote(entity)}" if entity else ""
    whose = f" --tenant {shlex.quote(tenant)}"
    change = f"interlock policies {verb} {trigger} --{kept} {rule}{more}{whose}"
    if remedy.get("granted"):
        return [change]
    widen = "withdraw" if kept == "deny" else "grant"
    return [f"interlock tenants {widen} {shlex.quote(tenant)} --{kept} {rule}    (the operator)", change]
