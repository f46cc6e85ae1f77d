"""What can go wrong in the sandbox.

    SandboxError            code, message
    ├── EngineMissing       the compiled engine or a prelude is not where it should be
    ├── BindingsChanged     an upgrade of wasmtime moved what the raw bindings rely on
    ├── BakeFailed          a prelude did not evaluate when the base image was made
    ├── LoadFailed          an action cannot be loaded: carries the guest's own error, its console and its cost
    └── OperationFailed     raised by whoever performs a host operation: rejects the guest's promise

A run never raises for what a guest did. Its result carries a `GuestError` with one of the codes below; what a guest
throws itself is always `action_error`, whatever properties it gave its error.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from interlock.sandbox.logs import LogLine
from interlock.sandbox.usage import Usage

ACTION_ERROR: Final = "action_error"
SYNTAX_ERROR: Final = "syntax_error"
NEVER_SETTLED: Final = "never_settled"
RESULT_NOT_JSON: Final = "result_not_json"
CPU_LIMIT: Final = "cpu_limit"
WALL_LIMIT: Final = "wall_limit"
MEMORY_LIMIT: Final = "memory_limit"
STACK_LIMIT: Final = "stack_limit"
OUTPUT_LIMIT: Final = "output_limit"
LOG_LIMIT: Final = "log_limit"
HOST_OPERATION_LIMIT: Final = "host_operation_limit"
SOURCE_LIMIT: Final = "source_limit"
INPUT_LIMIT: Final = "input_limit"
PROTOCOL_ERROR: Final = "protocol_error"
ENGINE_FAULT: Final = "engine_fault"
REPLAY_DIVERGED: Final = "replay_diverged"


@dataclass(frozen=True, slots=True)
class GuestError:
    """Why a load or a run failed, as data.

    `code` is one of ours and cannot be forged by the guest; `name`, `message` and `stack` may be the guest's own words,
    bounded, with the frames of our own runtime left out of the stack.
    """

    code: str
    name: str
    message: str
    stack: str


class SandboxError(Exception):
    """Base of what this package raises. `code` is stable; the message says what to do."""

    code = "sandbox_error"

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class EngineMissing(SandboxError):
    """The compiled engine or a bundle of guest JavaScript is missing from the installation."""

    code = "engine_missing"


class BindingsChanged(SandboxError):
    """wasmtime's raw bindings are not the ones this version was written against."""

    code = "bindings_changed"


class BakeFailed(SandboxError):
    """A prelude or library module did not evaluate while the base image was made."""

    code = "bake_failed"


class LoadFailed(SandboxError):
    """An action's source cannot be loaded. `error` is what the guest saw, `logs` and `usage` what it left and cost."""

    code = "load_failed"

    def __init__(self, error: GuestError, logs: Sequence[LogLine] = (), usage: Usage | None = None) -> None:
        super().__init__(f"{error.name}: {error.message}" if error.name else error.message)
        self.error = error
        self.logs = tuple(logs)
        self.usage = usage or Usage()


class OperationFailed(SandboxError):
    """A host operation was refused or failed. The guest's promise is rejected with `reason` as the error's code."""

    code = "operation_failed"

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason
