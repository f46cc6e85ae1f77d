"""All services together: what a face is made with, and what composition makes."""

from dataclasses import dataclass

from interlock.executor.service.events import Events
from interlock.executor.service.executions import Executions
from interlock.executor.service.keys import Keys


@dataclass(frozen=True, slots=True)
class Services:
    """One of each."""

    keys: Keys
    events: Events
    executions: Executions
