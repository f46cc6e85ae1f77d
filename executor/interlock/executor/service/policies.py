"""Which limits a policy may set, how far each goes, and who may raise one; `egress_policies.py` has its other half.

A tenant's key cannot raise a limit beyond what the operator granted its tenant: without a grant that is the default.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

from interlock.executor.errors import Invalid, NotAllowed
from interlock.executor.service.actors import Actor
from interlock.sandbox import Limits
from interlock.sandbox.sandbox import LARGEST_MEMORY_BYTES
from interlock.secrets import Limits as SecretLimits
from interlock.worker.bundles import MOST_SOURCE_BYTES
from interlock.worker.data_limits import DataLimits
from interlock.worker.resuming import SUSPENDED_MS


@dataclass(frozen=True, slots=True)
class Range:
    """The values that a limit may have."""

    least: int
    most: int


_DATA: Final = DataLimits()

# The greatest are for an operator's choice: what one run may take from the others of its process.
RANGES: Final[Mapping[str, Range]] = {
    "cpu_ms": Range(1, 30_000),
    # A caller waits for a blocking trigger's outcome at most that long.
    "wall_ms": Range(1, 60_000),
    # How long a suspended flow waits for its user.
    "suspended_ms": Range(1_000, 86_400_000),
    # The engine and what an action needs beside it.
    "memory_bytes": Range(8 << 20, LARGEST_MEMORY_BYTES),
    "output_bytes": Range(1_024, 8 << 20),
    "log_bytes": Range(0, 1 << 20),
    "host_operations": Range(0, 1_000),
    # Data that actions write: no less than Auth0 has, for which actions were written. The cache is read whole.
    "cache_entries": Range(_DATA.cache_entries, 500),
    "cache_key_bytes": Range(_DATA.cache_key_bytes, 255),
    "cache_value_bytes": Range(_DATA.cache_value_bytes, 65_536),
    "cache_bytes": Range(_DATA.cache_bytes, 256 << 10),
    "cache_lifetime_ms": Range(_DATA.cache_lifetime_ms, 30 * 86_400_000),
    "transaction_metadata_key_characters": Range(_DATA.transaction_metadata_key_characters, 255),
    "transaction_metadata_value_bytes": Range(_DATA.transaction_metadata_value_bytes, 65_536),
    "transaction_metadata_bytes": Range(_DATA.transaction_metadata_bytes, 65_536),
    "user_metadata_bytes": Range(_DATA.user_metadata_bytes, 256 << 10),
    "claims_bytes": Range(_DATA.claims_bytes, 256 << 10),
    "prompt_bytes": Range(_DATA.prompt_bytes, 128 << 10),
}
"""Limits that a policy may set. Those of code and event are the same for everybody."""


SOURCE_BYTES: Final = Limits().source_bytes


@dataclass(frozen=True, slots=True)
class Amount:
    """How many or how much there may be, by default and at most."""

    usual: int
    most: int


# The defaults are those of Auth0 (docs/COMPATIBILITY.md, Limits).
AMOUNTS: Final[Mapping[str, Amount]] = {
    "actions": Amount(100, 10_000),
    "modules": Amount(100, 10_000),
    "bound": Amount(20, 100),
    "dependencies": Amount(10, 100),
    "modules_per_action": Amount(3, 20),
    "secrets_per_action": Amount(30, 200),
    "secrets_per_tenant": Amount(100, 200),
    "versions_kept": Amount(50, 1_000),
    # Over all processes; a process holds 1,000 of all tenants'.
    "in_flight": Amount(250, 10_000),
    "code_bytes": Amount(SOURCE_BYTES, MOST_SOURCE_BYTES),
    # As long as the store has room for a name, and all values that a run may see fit into its input.
    "secret_name_characters": Amount(128, 255),
    "secret_value_characters": Amount(4_096, 16_384),
}
"""What a tenant may have, which the operator grants with its limits. No release carries one of these."""

MOST: Final[Mapping[str, int]] = {name: amount.most for name, amount in AMOUNTS.items()}
"""The most that can be granted of each."""

_DEFAULTS: Final[Mapping[str, int]] = {**asdict(Limits()), **asdict(_DATA), "suspended_ms": SUSPENDED_MS}


def check_limits(limits: Mapping[str, int]) -> None:
    """Raise Invalid (limit_unknown, limit_out_of_range) unless every limit exists and is within its range."""
    for name, value in limits.items():
        allowed = RANGES.get(name)
        if allowed is None:
            raise Invalid("limit_unknown", f"there is no limit {name!r}", f"there are: {', '.join(RANGES)}")
        if not allowed.least <= value <= allowed.most:
            raise Invalid("limit_out_of_range", f"{name} must be {allowed.least:,} to {allowed.most:,}, not {value:,}")


def check_grant(limits: Mapping[str, int]) -> None:
    """The same of what a tenant is granted: limits of releases, and how much it may have."""
    check_limits({name: value for name, value in limits.items() if name not in AMOUNTS})
    for name, value in limits.items():
        amount = AMOUNTS.get(name)
        if amount is not None and not 1 <= value <= amount.most:
            raise Invalid("limit_out_of_range", f"{name} must be 1 to {amount.most:,}, not {value:,}")


def amount(granted: Mapping[str, Any], name: str) -> int:
    """Return how many of something a tenant may have."""
    return int(granted.get(name, AMOUNTS[name].usual))


def check_amount(granted: Mapping[str, Any], name: str, count: int, code: str, of: str) -> None:
    """Raise Invalid with this code when there would be more than the tenant may have."""
    most = amount(granted, name)
    if count > most:
        raise Invalid(code, f"{of} may have at most {most:,}, not {count:,}", f"ask the operator to grant more {name}")


def of_secrets(granted: Mapping[str, Any]) -> SecretLimits:
    """Return what secrets of a tenant may be."""
    return SecretLimits(
        per_action=amount(granted, "secrets_per_action"),
        per_tenant=amount(granted, "secrets_per_tenant"),
        name_characters=amount(granted, "secret_name_characters"),
        value_characters=amount(granted, "secret_value_characters"),
    )


def within_grant(
    actor: Actor, limits: Mapping[str, int], granted: Mapping[str, Any], present: Mapping[str, Any] | None = None
) -> dict[str, int]:
    """Return the limits that a policy has. Raise NotAllowed when a tenant's key asks for more than its tenant has.

    What it leaves out has its default, or what was granted where that is less: nothing is won by saying nothing. What
    is in force, `present`, may be kept.
    """
    if actor.tenant is None:
        return dict(limits)
    most = _values(granted)
    in_force = most if present is None else _values(present)
    for name, value in limits.items():
        if value > max(most[name], in_force[name]):
            raise _not_granted(name, value, most[name])
    less = {name: value for name, value in most.items() if value < _DEFAULTS[name]}
    return {**less, **limits}


def check_restored(
    actor: Actor, restored: Mapping[str, Any], present: Mapping[str, Any], granted: Mapping[str, Any]
) -> None:
    """Raise NotAllowed when a tenant's key would win by going back: a limit that is now neither in force nor granted.

    What is in force may be kept, though the operator alone could set it: a way back has to be open.
    """
    if actor.tenant is not None:
        in_force, most = _values(present), _values(granted)
        for name, value in _values(restored).items():
            if value > max(most[name], in_force[name]):
                raise _not_granted(name, value, max(most[name], in_force[name]))


def _values(limits: Mapping[str, Any]) -> dict[str, int]:
    return {name: int(limits.get(name, _DEFAULTS[name])) for name in RANGES}


def _not_granted(name: str, value: int, most: int) -> NotAllowed:
    return NotAllowed(
        "limit_not_granted",
        f"{name} may be at most {most:,} for this tenant, not {value:,}",
        "ask the operator to grant the tenant more",
    )
