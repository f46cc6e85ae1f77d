"""Options that many commands share, so that they are called the same everywhere."""

from pathlib import Path
from typing import Annotated

import typer

# Without a metavar of its own, typer 0.29 shows a switch as if it took a value.
AsJson = Annotated[bool, typer.Option("--json", metavar="", help="Print JSON, for programs, instead of text.")]
Tenant = Annotated[
    str | None,
    typer.Option("--tenant", metavar="TENANT", help="Whose. By default that of INTERLOCK_TENANT.", show_default=False),
]
Entity = Annotated[
    str | None,
    typer.Option("--entity", metavar="ENTITY", help="The profile or stream, where a trigger has several."),
]
Action = Annotated[
    str | None,
    typer.Option("--action", "-a", metavar="ACTION", help="Of this action alone, instead of all the tenant's."),
]
Module = Annotated[
    str | None,
    typer.Option("--module", metavar="MODULE", help="Of this module alone, as its `actions.secrets`."),
]
Page = Annotated[int, typer.Option("--page", metavar="N", min=0, help="Which page, counted from 0.")]
PerPage = Annotated[int, typer.Option("--per-page", metavar="N", min=1, max=100, help="How many on one.")]
Name = Annotated[str, typer.Argument(metavar="NAME", help="The action's name or id.", show_default=False)]
Trigger = Annotated[str, typer.Argument(metavar="TRIGGER", help="Such as post-login.", show_default=False)]

Triggers = Annotated[
    Path | None,
    typer.Option(
        "--triggers", metavar="FILE", help="Triggers of your own, beside the documented ones (INTERLOCK_TRIGGERS)."
    ),
]
Modules = Annotated[
    list[str] | None,
    typer.Option(
        "--module",
        metavar="NAME@VERSION",
        help="This version of a module and no newer one, such as crm@3; crm@deployed takes that back.",
    ),
]
Dependencies = Annotated[
    list[str] | None,
    typer.Option(
        "--dependency",
        metavar="NAME[@VERSION]",
        help="A package of npm that it uses, such as pg@8. May be given again.",
    ),
]

GivenSecrets = Annotated[
    list[str] | None,
    typer.Option("--secret", "-s", metavar="NAME=VALUE", help="Becomes event.secrets.NAME. May be given again."),
]
Allow = Annotated[
    list[str] | None,
    typer.Option("--allow", metavar="HOST:PORT", help="Opens a private address to this run. May be given again."),
]
Resolve = Annotated[
    list[str] | None,
    typer.Option(
        "--resolve", metavar="HOST:PORT:ADDRESS[:PORT]", help="Sends a name to a stand-in. May be given again."
    ),
]
CertificateFiles = Annotated[
    list[Path] | None,
    typer.Option("--ca", metavar="FILE", help="Trusts these certificates, too, in TLS. May be given again."),
]
