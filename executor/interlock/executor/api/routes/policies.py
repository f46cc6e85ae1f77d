"""Limits and egress, as tenants and releases have them."""

from typing import Annotated, Any, Final

from pydantic import Field, StringConstraints

from interlock.executor.api.models import Body
from interlock.executor.service.policies import AMOUNTS, RANGES
from interlock.worker.egress.policy import MOST_RULES
from interlock.worker.egress.rules import LONGEST_RULE

EGRESS_EXAMPLE: Final = {"allow": ["api.example.com:443"], "deny": ["*:25"]}


def _limit(name: str, description: str) -> Any:
    allowed = RANGES[name]
    return Field(default=None, ge=allowed.least, le=allowed.most, description=description)


class LimitsBody(Body):
    """Limits of flows and runs. What is left out has its default. A tenant's key cannot go beyond its tenant's."""

    cpu_ms: int | None = _limit("cpu_ms", "CPU time of one action, in milliseconds.")
    wall_ms: int | None = _limit("wall_ms", "Time of a whole flow, waiting included, in milliseconds.")
    suspended_ms: int | None = _limit("suspended_ms", "How long a suspended flow waits for its user, in milliseconds.")
    memory_bytes: int | None = _limit("memory_bytes", "Memory of one action.")
    output_bytes: int | None = _limit("output_bytes", "What one action asks for through `api`, as JSON.")
    log_bytes: int | None = _limit("log_bytes", "Console lines of one action.")
    host_operations: int | None = _limit("host_operations", "Timers and other requests of one action.")
    cache_entries: int | None = _limit("cache_entries", "Entries of a trigger's cache.")
    cache_key_bytes: int | None = _limit("cache_key_bytes", "A key of the cache.")
    cache_value_bytes: int | None = _limit("cache_value_bytes", "A value of the cache.")
    cache_bytes: int | None = _limit("cache_bytes", "Keys and values of a trigger's cache together.")
    cache_lifetime_ms: int | None = _limit("cache_lifetime_ms", "How long an entry is kept at most, in milliseconds.")
    transaction_metadata_key_characters: int | None = _limit(
        "transaction_metadata_key_characters", "A key of a transaction's metadata."
    )
    transaction_metadata_value_bytes: int | None = _limit(
        "transaction_metadata_value_bytes", "A value of a transaction's metadata."
    )
    transaction_metadata_bytes: int | None = _limit(
        "transaction_metadata_bytes", "Keys and values of a transaction's metadata together."
    )
    user_metadata_bytes: int | None = _limit("user_metadata_bytes", "What a flow writes to either metadata of a user.")
    claims_bytes: int | None = _limit("claims_bytes", "The custom claims of one token, as JSON.")
    prompt_bytes: int | None = _limit("prompt_bytes", "Options of a prompt, as JSON.")

    def given(self) -> dict[str, int]:
        """Return the limits that are set."""
        return self.model_dump(exclude_none=True)


def _amount(name: str, description: str) -> Any:
    of = AMOUNTS[name]
    return Field(default=None, ge=1, le=of.most, description=f"{description} By default {of.usual}.")


class GrantBody(LimitsBody):
    """Limits of a tenant: those that its releases may have, and how much it may have of everything."""

    actions: int | None = _amount("actions", "Actions.")
    modules: int | None = _amount("modules", "Modules.")
    bound: int | None = _amount("bound", "Actions of one trigger.")
    dependencies: int | None = _amount("dependencies", "Packages that one action names.")
    modules_per_action: int | None = _amount("modules_per_action", "Modules in one action.")
    secrets_per_action: int | None = _amount("secrets_per_action", "Secrets of one action.")
    secrets_per_tenant: int | None = _amount("secrets_per_tenant", "Secrets that all its actions share.")
    secret_name_characters: int | None = _amount("secret_name_characters", "Characters of a secret's name.")
    secret_value_characters: int | None = _amount("secret_value_characters", "Characters of a secret's value.")
    code_bytes: int | None = _amount("code_bytes", "Code of one action or module, without its packages.")
    versions_kept: int | None = _amount("versions_kept", "Versions of one action, beside those that still run.")
    in_flight: int | None = _amount("in_flight", "Executions at the same time, in all processes together.")


def limits_given(limits: LimitsBody | None) -> dict[str, int] | None:
    """Return the limits that a body sets; None when it says nothing of limits."""
    return None if limits is None else limits.given()


_Rules = Annotated[list[Annotated[str, StringConstraints(max_length=LONGEST_RULE)]], Field(max_length=MOST_RULES)]


class ReachBody(Body):
    """What one action may reach, of what the rest of the policy allows."""

    allow: _Rules | None = Field(default=None, description="All that it may reach, private addresses too.")
    deny: _Rules | None = Field(default=None, description="What it may not reach.")


class EgressBody(Body):
    """What actions may connect to. A rule is a host, `*.` before one, an address or a network, and a port or none.

    What is left out has its default. A tenant's key goes as far as the operator granted the tenant; what it leaves out
    is as granted. `docs/EGRESS.md` has every rule and every special range.
    """

    allow: _Rules | None = Field(
        default=None, description="Of public addresses these alone; empty: all.", examples=[EGRESS_EXAMPLE["allow"]]
    )
    deny: _Rules | None = Field(default=None, description="Never these.", examples=[EGRESS_EXAMPLE["deny"]])
    public: bool | None = Field(default=None, description="Without `allow`: whether public addresses are reached.")
    actions: dict[str, ReachBody] | None = Field(
        default=None, description="Less for single actions, by name; in a trigger's policy alone."
    )
    private: _Rules | None = Field(
        default=None,
        description="Addresses that are not public: a database next door. The operator's alone to grant.",
        examples=[["db.internal:5432"]],
    )
    insecure_tls: bool | None = Field(
        default=None, description="Whether actions may leave certificates unverified. The operator's alone to grant."
    )

    def given(self) -> dict[str, Any]:
        """Return what is set."""
        return self.model_dump(exclude_none=True)


def egress_given(egress: EgressBody | None) -> dict[str, Any] | None:
    """Return the egress policy that a body sets; None when it says nothing of egress."""
    return None if egress is None else egress.given()
