"""Executions: what became of events. Secrets are masked in all of it."""

import json
from dataclasses import fields
from http import HTTPStatus
from typing import Annotated, Any, Literal, Self

from fastapi import APIRouter, Query, Response
from pydantic import Field, JsonValue, model_validator

from interlock.executor.api.authentication import Authenticated
from interlock.executor.api.models import Answer, Body, Moment
from interlock.executor.api.parameters import ExecutionId, Tenant, Time
from interlock.executor.api.refusals import SEALING, of_tenant, with_body
from interlock.executor.api.requests import Service
from interlock.executor.service.executions import Whole
from interlock.executor.service.replays import Edited
from interlock.executor.store.executions import Attempt, Execution, Filter, Listed

router = APIRouter(prefix="/tenants/{tenant}/executions", tags=["executions"])

Status = Literal[
    "accepted",
    "running",
    "completed",
    "denied",
    "suspended",
    "failed",
    "expired",
    "platform_error",
    "canceled",
]


class ListedExecution(Answer):
    """An execution as lists show it. `due_at`: when the next attempt is. `dead`: it ended without having done its work,
    and was not sent again.
    """

    id: str
    trigger: str
    entity: str
    release: int
    blocking: bool
    status: str
    attempt: int
    accepted_at: Moment
    deadline: Moment
    started_at: Moment | None
    finished_at: Moment | None
    resumes: str | None
    due_at: Moment | None
    dead: bool

    @classmethod
    def of(cls, execution: Execution | Listed, **more: Any) -> Self:
        """Return what is shown of a row."""
        columns = (field.name for field in fields(execution) if field.name in cls.model_fields)
        shown = {name: getattr(execution, name) for name in columns}
        return cls(**{**shown, "release": execution.release_number, **more})


class ExecutionAttempt(Answer):
    """One try at an execution. `result`: the final state it brought, `retry` where it asked for another, or `lost`.
    `outcome`: of one that another one followed, `result` and `error` as the execution itself has them of the last.
    """

    number: int
    started_at: Moment
    finished_at: Moment | None
    result: str | None
    outcome: dict[str, JsonValue] | None

    @classmethod
    def of(cls, attempt: Attempt) -> Self:
        """Return what is shown of a row. The worker's name is of no use outside."""
        return cls(
            number=attempt.number,
            started_at=attempt.started_at,
            finished_at=attempt.finished_at,
            result=attempt.result,
            outcome=None if attempt.outcome is None else dict(attempt.outcome),
        )


class WholeExecution(ListedExecution):
    """An execution whole. `secrets` are the numbers of the values that each action could see; `operations` what each
    asked of the host, without contents. `event` is null when it can no longer be opened.

    `resumes` is the suspended execution that it went on with, `resumed_by` the one that went on with it, and
    `transaction` the first one of that chain; `waits_until` is when one that was not resumed ceases to wait, or did.
    """

    event: dict[str, JsonValue] | None
    sent_again_as: str | None
    result: dict[str, JsonValue] | None
    error: dict[str, JsonValue] | None
    secrets: dict[str, JsonValue]
    operations: dict[str, list[JsonValue]]
    attempts: list[ExecutionAttempt]
    resumed_by: str | None
    waits_until: Moment | None
    transaction: str

    @classmethod
    def whole(cls, found: Whole) -> Self:
        """Return everything of it."""
        outcome = found.execution.outcome or {}
        return cls.of(
            found.execution,
            event=found.event,
            sent_again_as=found.execution.sent_again_as,
            result=outcome.get("result"),
            error=outcome.get("error"),
            secrets=found.execution.secret_numbers or {},
            operations={name: list(shown) for name, shown in found.operations.items()},
            attempts=[ExecutionAttempt.of(attempt) for attempt in found.attempts],
            resumed_by=found.resumed_by,
            waits_until=found.waits_until,
            transaction=found.execution.transaction,
        )


class Replay(Body):
    """How an execution is to be run again: with this code in an action's place, or with what ran."""

    action: str | None = Field(default=None, max_length=255, description="Whose code is replaced.")
    code: str | None = Field(default=None, max_length=1_500_000, description="One script, its packages in it.")
    source_map: str | None = Field(default=None, max_length=1_500_000, description="From its places to the author's.")

    @model_validator(mode="after")
    def _both(self) -> Self:
        if (self.action is None) is not (self.code is None):
            raise ValueError("give action and code, or neither")
        return self


class ReplayReport(Answer):
    """Both runs side by side, with secrets masked; what they cost is not compared. `differs` of an action: commands,
    logs, error, operations, or run where only one of them came to it. `secrets` lists values that have another number
    now than then.
    """

    execution: str
    identical: bool
    edited: str | None
    status: dict[str, str]
    outcome: dict[str, JsonValue]
    actions: list[JsonValue]
    secrets: list[JsonValue]
    same_engine: bool


class ExecutionList(Answer):
    """A part of a list. It goes on with `after` = `next`; null: this was the end."""

    items: list[ListedExecution]
    next: str | None


@router.get("", summary="List executions", responses=of_tenant("invalid_value", "unknown_trigger"))
async def list_executions(
    *,
    actor: Authenticated,
    service: Service,
    tenant: Tenant,
    trigger: Annotated[str | None, Query(description="Only those of this trigger.")] = None,
    entity: Annotated[str | None, Query(description="Only those of this entity.")] = None,
    status: Annotated[list[Status] | None, Query(description="Only those in one of these states.")] = None,
    dead: Annotated[bool | None, Query(description="Only dead letters, or only others.")] = None,
    since: Annotated[Time | None, Query(description="Accepted then or later.")] = None,
    until: Annotated[Time | None, Query(description="Accepted before then.")] = None,
    after: Annotated[str | None, Query(description="`next` of the list that this one goes on with.")] = None,
    limit: Annotated[int, Query(ge=1, le=100, description="How many at most.")] = 20,
) -> ExecutionList:
    """List executions, the newest first."""
    which = Filter(trigger, entity, status, since, until, dead)
    run = await service.executions.listed(actor, tenant, which, after=after, limit=limit)
    return ExecutionList(items=[ListedExecution.of(execution) for execution in run.items], next=run.next_cursor)


@router.get("/{execution}", summary="Show an execution", responses={200: {"model": WholeExecution}, **of_tenant()})
async def get_execution(actor: Authenticated, service: Service, tenant: Tenant, execution: ExecutionId) -> Response:
    """Return an execution with its event and what came of it."""
    found = WholeExecution.whole(await service.executions.get(actor, tenant, execution))
    # In ASCII: an event may hold lone surrogates, which have no UTF-8.
    return Response(json.dumps(found.model_dump()).encode(), media_type="application/json")


class SentAgain(Answer):
    """The execution that was made of a dead one's event, and its release."""

    execution: str
    release: int
    status: Literal["accepted"] = "accepted"


@router.post(
    "/{execution}/resend",
    status_code=HTTPStatus.ACCEPTED,
    summary="Send a dead letter again",
    responses=of_tenant("execution_not_dead", "keys_unavailable", *SEALING),
)
async def resend_execution(actor: Authenticated, service: Service, tenant: Tenant, execution: ExecutionId) -> SentAgain:
    """Make another execution of its event, in the release that is in force now. Once."""
    made = await service.executions.send_again(actor, tenant, execution)
    return SentAgain(execution=made.execution, release=made.release)


@router.post(
    "/{execution}/cancel",
    summary="Cancel an execution that nobody waits for",
    responses=of_tenant("execution_ended", "execution_awaited"),
)
async def cancel_execution(
    actor: Authenticated, service: Service, tenant: Tenant, execution: ExecutionId
) -> ListedExecution:
    """End an execution that has not ended. What a worker makes of it is discarded."""
    return ListedExecution.of(await service.executions.cancel(actor, tenant, execution))


@router.post(
    "/{execution}/replay",
    summary="Run an execution again, offline",
    responses={
        200: {"model": ReplayReport},
        **of_tenant(
            *with_body("not_recorded", "replay_failed", "in_flight_limit", "unavailable", "outcome_timeout", *SEALING),
        ),
    },
)
async def replay_execution(
    actor: Authenticated, service: Service, tenant: Tenant, execution: ExecutionId, body: Replay
) -> Response:
    """Run it with the recorded clock, entropy and answers, and compare. Code needs the scope `actions:write`, too."""
    edited = None
    if body.action is not None and body.code is not None:
        edited = Edited(body.action, body.code, body.source_map)
    report = await service.replays.run(actor, tenant, execution, edited)
    # In ASCII: an outcome may hold lone surrogates, which have no UTF-8.
    return Response(json.dumps(report).encode(), media_type="application/json")
