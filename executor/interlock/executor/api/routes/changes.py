"""`/tenants/{tenant}/releases`: changes of several actions, modules and triggers, put in force at once.

A change is called by its number, in the order in which changes took effect, or by its id, which one that waits or
failed has as well.
"""

from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Response
from pydantic import Field

from interlock.executor.api.authentication import Authenticated
from interlock.executor.api.models import MOST_INTEGER, Answer, Body, Moment, PageOf, page_of
from interlock.executor.api.parameters import LONGEST_ENTITY, PageNumber, PerPage, Tenant
from interlock.executor.api.refusals import of_tenant, with_body
from interlock.executor.api.requests import Service
from interlock.executor.api.routes.actions import CONTENT, ActionContentBody, ContentBody, content_of
from interlock.executor.api.routes.bindings import BindingBody
from interlock.executor.api.routes.differences import CodeDifferenceAnswer, TriggerDifferenceAnswer
from interlock.executor.api.routes.policies import EgressBody, LimitsBody, egress_given, limits_given
from interlock.executor.names import LONGEST_NAME
from interlock.executor.service import canaries
from interlock.executor.service.bindings import Bound
from interlock.executor.service.change_sets import ChangeSet, CodeSet, TriggerSet
from interlock.executor.service.changes import Shown
from interlock.executor.service.versions import LONGEST_WAIT_MS
from interlock.executor.store.actions import ACTION, MODULE
from interlock.executor.store.changes import BUILDING
from interlock.executor.store.releasing import Trial

router = APIRouter(prefix="/tenants/{tenant}/releases", tags=["changes"])

_MOST = 200
_ASKED = with_body(
    *("unknown_trigger", "name_invalid", "named_twice", "trigger_missing", "wrong_trigger", "bound_twice"),
    *("actions_limit", "modules_limit", "bound_limit", "modules_per_action_limit", "module_version_unusable"),
    *("too_many_actions", "limit_not_granted", "limit_out_of_range", "egress_not_granted", "egress_invalid"),
    *CONTENT,
)

Reference = Annotated[
    str, Path(max_length=64, description="The change's number, or its id.", examples=["12", "chg_4qzk2m"])
]
WaitMs = Annotated[int, Query(ge=0, le=LONGEST_WAIT_MS, description="How long to wait for its end, in milliseconds.")]


class ModuleCodeBody(ContentBody):
    """A module as it shall be."""

    name: str = Field(max_length=LONGEST_NAME, examples=["crm"])


class ActionCodeBody(ActionContentBody):
    """An action as it shall be. One that there is not yet is made, and needs its trigger."""

    name: str = Field(max_length=LONGEST_NAME, examples=["add-roles"])
    trigger: str | None = Field(default=None, max_length=100, examples=["post-login"])


class TriggerBody(Body):
    """A trigger as it shall be. What is left out stays."""

    trigger: str = Field(max_length=100, examples=["post-login"])
    entity: str = Field(default="", max_length=LONGEST_ENTITY)
    actions: list[BindingBody] | None = Field(default=None, max_length=1_000, description="All that it runs, in order.")
    limits: LimitsBody | None = None
    egress: EgressBody | None = None
    expected_release: int | None = Field(
        default=None, ge=0, le=MOST_INTEGER, description="The release that is in force; another one is refused."
    )


class RuleBody(Body):
    """When a canary is dropped or promoted by itself."""

    after: int = Field(default=100, ge=1, le=MOST_INTEGER, description="Executions of the canary before it is judged.")
    window_s: int = Field(default=600, ge=10, le=86_400, description="Those of how long are counted, in seconds.")
    drop_if_worse: float = Field(
        default=1.0, ge=0, le=100, description="By how many percentage points more of them may fail."
    )
    promote_after_s: int | None = Field(
        default=None, ge=10, le=30 * 86_400, description="When it is promoted; null: by command alone."
    )


class CanaryOfChange(Body):
    """That a change is tried with a part of the events first."""

    weight: float = Field(gt=0, le=100, description="Percent of the events.", examples=[5])
    rule: RuleBody | None = None


class ChangeSetBody(Body):
    """What shall be. What is not named stays as it is."""

    actions: list[ActionCodeBody] = Field(default=[], max_length=_MOST)
    modules: list[ModuleCodeBody] = Field(default=[], max_length=_MOST)
    triggers: list[TriggerBody] = Field(default=[], max_length=_MOST)
    canary: CanaryOfChange | None = None

    def asked(self) -> ChangeSet:
        """Return it as the service takes it."""
        modules = [CodeSet(each.name, content_of(each), MODULE) for each in self.modules]
        actions = [CodeSet(each.name, content_of(each), ACTION, each.trigger) for each in self.actions]
        trial = None
        if self.canary is not None:
            rule = {} if self.canary.rule is None else canaries.ruled(self.canary.rule.model_dump())
            trial = Trial(canaries.parts_of(self.canary.weight), rule)
        return ChangeSet([*modules, *actions], [_trigger(each) for each in self.triggers], trial)


class ChangeBody(ChangeSetBody):
    """A change to be applied."""

    wait_ms: int = Field(default=0, ge=0, le=LONGEST_WAIT_MS, description="How long to wait for it, in milliseconds.")


class RollbackBody(Body):
    """What has to be the last change still."""

    expected_change: int | None = Field(
        default=None, ge=0, le=MOST_INTEGER, description="The number of the last change; another one is refused."
    )


class ReleaseOfChange(Answer):
    """A release that a change made or put in force."""

    trigger: str
    entity: str
    number: int
    in_force: bool = Field(description="False: a canary that was never promoted.")


class VersionOfChange(Answer):
    """A version that a change is built of."""

    kind: str
    name: str
    number: int
    status: str


class KeptModule(Answer):
    """An action that goes on with the version of a module that it chose."""

    action: str
    number: int


class ChangeAnswer(Answer):
    """A change."""

    id: str = Field(examples=["chg_4qzk2m"])
    change: int | None = Field(description="Its number; null while it is built, and when it failed.")
    status: str = Field(description="`building`, `applied` or `failed`.")
    reason: str = Field(
        description="Such as `apply`, `deploy`, `bind`, `policy`, `delete`, `rollback`, `module` or `promote`."
    )
    restores: int | None = Field(description="The change that a rollback went back to.")
    releases: list[ReleaseOfChange]
    versions: list[VersionOfChange]
    errors: list[dict[str, Any]] = Field(description="Why it failed.")
    keep: list[KeptModule] = Field(
        description="Of a module that was deployed: the deployed actions that keep another version, which they chose."
    )
    created_by: str
    created_at: Moment
    finished_at: Moment | None


class ChangeDifferenceAnswer(Answer):
    """What a change would change."""

    same: bool
    code: list[CodeDifferenceAnswer]
    triggers: list[TriggerDifferenceAnswer]


@router.post(
    "",
    summary="Apply a change",
    responses={
        **of_tenant(
            *_ASKED,
            *("not_deployed", "deploy_in_progress", "release_changed", "canary_on", "conflict", "unavailable"),
        ),
        202: {"model": ChangeAnswer, "description": "It is being built."},
    },
)
async def apply_change(
    actor: Authenticated, service: Service, tenant: Tenant, body: ChangeBody, response: Response
) -> ChangeAnswer:
    """Build everything, then put all of it in force at once; or nothing, when a part fails.

    200 says that it is applied, or failed and why. Scope `actions:write`.
    """
    return answered(await service.changes.apply(actor, tenant, body.asked(), wait_ms=body.wait_ms), response)


@router.post("/diff", summary="Compare a change", responses=of_tenant(*_ASKED))
async def compare_change(
    actor: Authenticated, service: Service, tenant: Tenant, body: ChangeSetBody
) -> ChangeDifferenceAnswer:
    """What applying it would change now. Nothing is changed. Scope `actions:read`."""
    found = await service.comparing.change_set(actor, tenant, body.asked())
    code = [CodeDifferenceAnswer.of(each) for each in found.code]
    triggers = [TriggerDifferenceAnswer.of(each) for each in found.triggers]
    return ChangeDifferenceAnswer(same=not code and not triggers, code=code, triggers=triggers)


@router.get("", summary="List changes", responses=of_tenant("invalid_value"))
async def list_changes(
    actor: Authenticated, service: Service, tenant: Tenant, page: PageNumber = 0, per_page: PerPage = 20
) -> PageOf[ChangeAnswer]:
    """All changes of the tenant, the newest first, with the releases of each. Scope `actions:read`."""
    return page_of(await service.changes.page(actor, tenant, page=page, per_page=per_page), _answer)


@router.get("/{change}", summary="Show a change", responses=of_tenant("unavailable", "invalid_value"))
async def get_change(
    actor: Authenticated, service: Service, tenant: Tenant, change: Reference, wait_ms: WaitMs = 0
) -> ChangeAnswer:
    """One change, and how far its builds are. Scope `actions:read`."""
    return _answer(await service.changes.get(actor, tenant, change, wait_ms=wait_ms))


@router.post(
    "/{change}/rollback",
    summary="Roll back to a change",
    responses=of_tenant(
        *with_body(
            *(
                "limit_not_granted",
                "egress_not_granted",
                "egress_invalid",
                "action_deleted",
                "version_removed",
                "release_changed",
            ),
            *("conflict", "invalid_value"),
        )
    ),
)
async def roll_back_to_change(
    actor: Authenticated,
    service: Service,
    tenant: Tenant,
    change: Annotated[int, Path(ge=0, le=MOST_INTEGER, description="Its number; 0 is before the first one.")],
    body: RollbackBody | None = None,
) -> ChangeAnswer:
    """Put all triggers back to what was in force after this change, at once, as a new change. Canaries are dropped.

    Scope `actions:write`.
    """
    expected = None if body is None else body.expected_change
    return _answer(await service.changes.roll_back(actor, tenant, change, expected_change=expected))


def answered(shown: Shown, response: Response) -> ChangeAnswer:
    """Return a change, with 202 while it is being built."""
    if shown.change.status == BUILDING:
        response.status_code = HTTPStatus.ACCEPTED
    return _answer(shown)


def _answer(shown: Shown) -> ChangeAnswer:
    change = shown.change
    return ChangeAnswer(
        id=change.id,
        change=change.number,
        status=change.status,
        reason=change.reason,
        restores=change.restores,
        releases=[
            ReleaseOfChange(trigger=each.trigger, entity=each.entity, number=each.number, in_force=bool(each.in_force))
            for each in shown.releases
        ],
        versions=[VersionOfChange.model_validate(part) for part in shown.parts],
        errors=[dict(error) for error in change.errors],
        keep=[KeptModule(action=use.action_name, number=use.number) for use in shown.keep],
        created_by=change.created_by,
        created_at=change.created_at,
        finished_at=change.finished_at,
    )


def _trigger(body: TriggerBody) -> TriggerSet:
    bound = None if body.actions is None else [Bound(each.action, each.display_name) for each in body.actions]
    return TriggerSet(
        body.trigger,
        body.entity,
        bound,
        limits_given(body.limits),
        egress_given(body.egress),
        body.expected_release,
    )
