"""The sandbox: a tenant's JavaScript in a fresh WebAssembly instance, under limits, without I/O.

It knows no tenant, no trigger, no network and no database. Read `sandbox.py` first, then `run.py`.
"""

from interlock.sandbox.base import Prelude
from interlock.sandbox.errors import GuestError, LoadFailed, OperationFailed, SandboxError
from interlock.sandbox.image_files import ImageFiles
from interlock.sandbox.images import Image
from interlock.sandbox.limits import Limits
from interlock.sandbox.logs import LogLine
from interlock.sandbox.messages import JSON, Operation
from interlock.sandbox.operations import Perform, refuse
from interlock.sandbox.replaying import Replayed
from interlock.sandbox.run import Result
from interlock.sandbox.sandbox import Sandbox
from interlock.sandbox.tapes import Recorder, Tape
from interlock.sandbox.usage import Usage
from interlock.sandbox.vm import Watch

__all__ = [
    "JSON",
    "GuestError",
    "Image",
    "ImageFiles",
    "Limits",
    "LoadFailed",
    "LogLine",
    "Operation",
    "OperationFailed",
    "Perform",
    "Prelude",
    "Recorder",
    "Replayed",
    "Result",
    "Sandbox",
    "SandboxError",
    "Tape",
    "Usage",
    "Watch",
    "refuse",
]
