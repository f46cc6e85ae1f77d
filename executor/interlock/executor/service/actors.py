"""Who asks, and what they may do."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, get_args

from interlock.executor.errors import NotAllowed

if TYPE_CHECKING:
    # Commands that ask the API know its rules, and have no store.
    from interlock.executor.store.api_keys import ApiKey

Scope = Literal[
    "events:send",
    "executions:read",
    "executions:replay",
    "actions:read",
    "actions:write",
    "secrets:read",
    "secrets:write",
    "keys:read",
    "keys:write",
    "log_streams:read",
    "log_streams:write",
    "audit:read",
]
"""What a key may be for. `secrets:read` lists names and numbers: no value is ever given out."""

SCOPES: Final[tuple[Scope, ...]] = get_args(Scope)


@dataclass(frozen=True, slots=True)
class Actor:
    """A key that was presented and is valid. `tenant` None: the operator's, which acts for every tenant.

    A key without scopes may do everything that its owner may.
    """

    key: str
    tenant: str | None
    scopes: frozenset[str]

    @classmethod
    def of(cls, key: "ApiKey") -> "Actor":
        """Return who presents this key."""
        return cls(key.id, key.tenant_id, frozenset(key.scopes))

    def require(self, scope: Scope, tenant: str) -> None:
        """Raise NotAllowed unless this actor may do that to what belongs to the tenant.

        The answer is the same whether or not there is such a tenant.
        """
        self.require_tenant(tenant)
        self._require_scope(scope)

    def require_tenant(self, tenant: str) -> None:
        """Raise NotAllowed unless this is a key of the tenant, or the operator's: for what needs no scope."""
        if self.tenant not in {None, tenant}:
            raise NotAllowed(
                "other_tenant", "this API key belongs to another tenant", "use a key of that tenant, or the operator's"
            )

    def require_within(self, scopes: Collection[Scope]) -> None:
        """Raise NotAllowed unless a key of these scopes can do no more than this actor; none means everything."""
        if self.scopes and not (scopes and self.scopes.issuperset(scopes)):
            own = ", ".join(sorted(self.scopes))
            raise NotAllowed(
                "scope_exceeded",
                "a key cannot make one that may do more than itself",
                f"name scopes among those of this key: {own}",
            )

    def require_unlimited(self, tenant: str) -> None:
        """Raise NotAllowed unless this actor may do everything to what belongs to the tenant."""
        self.require_tenant(tenant)
        if self.scopes:
            raise NotAllowed("scope_missing", "this key is limited to scopes", "use one without scopes")

    def require_operator(self, scope: Scope | None = None) -> None:
        """Raise NotAllowed unless this is the operator, with that scope if one is named."""
        if self.tenant is not None:
            raise NotAllowed("operator_only", "only the operator may do this", "use an operator key")
        if scope is None and self.scopes:
            raise NotAllowed("scope_missing", "this operator key is limited to scopes", "use one without scopes")
        if scope is not None:
            self._require_scope(scope)

    def _require_scope(self, scope: Scope) -> None:
        if self.scopes and scope not in self.scopes:
            raise NotAllowed(
                "scope_missing", f"this API key lacks the scope {scope}", "use a key that has it, or make one"
            )
