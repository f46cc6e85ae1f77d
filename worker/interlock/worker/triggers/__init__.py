"""The catalogue of triggers: a trigger is data.

`get` gives one of the eleven documented triggers with its handlers, the methods of its `api` object and the fields of
its event. The JSON files beside this one hold that data; the guest's recorder is built from the same files.
"""

from interlock.worker.triggers.catalogue import ALL, Counter, Field, Method, Rule, Trigger, get

__all__ = ["ALL", "Counter", "Field", "Method", "Rule", "Trigger", "get"]
