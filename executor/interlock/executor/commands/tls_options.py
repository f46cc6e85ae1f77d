"""The options of TLS, and what a command was told by them, as settings."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

TlsPort = Annotated[
    list[int] | None,
    typer.Option(
        "--tls-port",
        metavar="PORT",
        min=0,
        max=65_535,
        help="Serve TLS on this port, too; may be given again (INTERLOCK_TLS_PORTS).",
    ),
]
TlsCertificate = Annotated[
    Path | None,
    typer.Option("--tls-certificate", metavar="FILE", help="Its chain, as PEM (INTERLOCK_TLS_CERTIFICATE)."),
]
TlsKey = Annotated[
    Path | None, typer.Option("--tls-key", metavar="FILE", help="Its private key, as PEM (INTERLOCK_TLS_KEY).")
]


@dataclass(frozen=True, slots=True)
class Tls:
    """Ports, certificate and key; None: as the environment has it."""

    ports: Sequence[int] | None = None
    certificate: Path | None = None
    key: Path | None = None

    def settings(self) -> dict[str, object]:
        """Return what stands before the environment."""
        ports = None if not self.ports else " ".join(map(str, self.ports))
        return {"tls_ports": ports, "tls_certificate": self.certificate, "tls_key": self.key}
