"""What is wrong with an installation, and what to do about it: one part a module, each looked at by itself."""

from interlock.executor.diagnosis.examination import examine
from interlock.executor.diagnosis.findings import Finding, State

__all__ = ["Finding", "State", "examine"]
