"""What a command was told of TLS, as settings."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


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
