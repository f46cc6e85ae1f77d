"""`interlock event`: an event to begin with."""

from interlock.executor import output, refusals
from interlock.worker import simulated_event
from interlock.worker.triggers import Catalogue


def event(trigger_id: str, catalogue: Catalogue) -> int:
    """Print a simulated event of the trigger as JSON. Return 0. Raises `Misused` (unknown_trigger)."""
    output.write_json(simulated_event(refusals.trigger(trigger_id, catalogue)))
    return 0
