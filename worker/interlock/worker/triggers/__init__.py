"""The catalogue of triggers: a trigger is data.

`BUILT_IN` is the catalogue of the eleven documented triggers, each with its handlers, the methods of its `api` object
and the fields of its event. The JSON files beside this one hold that data; the guest's recorder is built from the same
files. A process is given its `Catalogue`, which may have more.
"""

from interlock.worker.triggers.built_in import BUILT_IN
from interlock.worker.triggers.catalogue import Catalogue
from interlock.worker.triggers.model import Counter, Effect, Field, Method, Rule, Trigger, Version

__all__ = ["BUILT_IN", "Catalogue", "Counter", "Effect", "Field", "Method", "Rule", "Trigger", "Version"]
