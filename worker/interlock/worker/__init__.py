"""The worker: triggers and their rules, and flows, the life of one event from its actions to one outcome.

`events.parse` accepts an event, `run_flow` runs actions over it in order, `FlowResult` says how that ended. The actions
themselves run in `interlock.sandbox`, by way of `SandboxRunner`.
"""

from interlock.worker import errors, events, triggers
from interlock.worker.actions import SandboxRunner
from interlock.worker.errors import WorkerError
from interlock.worker.flow import ActionResult, FlowResult, run_flow
from interlock.worker.prelude import preludes
from interlock.worker.runs import Action, ActionError, ActionRun, ActionRunner, LogLine, Task, Usage
from interlock.worker.simulate import simulated_event

__all__ = [
    "Action",
    "ActionError",
    "ActionResult",
    "ActionRun",
    "ActionRunner",
    "FlowResult",
    "LogLine",
    "SandboxRunner",
    "Task",
    "Usage",
    "WorkerError",
    "errors",
    "events",
    "preludes",
    "run_flow",
    "simulated_event",
    "triggers",
]
