"""Who asks, and what they may do."""

from dataclasses import dataclass
from typing import Final, Literal, get_args

from interlock.executor.errors import NotAllowed
from interlock.executor.store.api_keys import ApiKey

Scope = Literal[
    "events:send",
    "executions:read",
    "actions:read",
    "actions:write",
    "secrets:read",
    "secrets:write",
    "keys:read",
    "keys:write",
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
    def of(cls, key: ApiKey) -> "Actor":
        """Return who presents this key."""
        return cls(key.id, key.tenant_id, frozenset(key.scopes))

    def require(self, scope: Scope, tenant: str) -> None:
        """Raise NotAllowed unless this actor may do that to what belongs to the tenant.

        The answer is the same whether or not there is such a tenant.
        """
        if self.tenant not in {None, tenant}:
            raise NotAllowed(
                "other_tenant", "this API key belongs to another tenant", "use a key of that tenant, or the operator's"
            )
        self._require_scope(scope)

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
