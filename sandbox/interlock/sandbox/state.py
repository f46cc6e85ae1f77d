"""The layout of `struct state` (sandbox/guest/engine/guest.h): how host and engine exchange numbers without a call."""

import struct
from typing import Final, NamedTuple

ENTRY: Final = struct.Struct("<d4QIIII")
"""Written at every entry, from offset 0: now_ms, random[4], memory_limit, log_limit, interrupt, operations_limit."""
ENTRY_PREFIX: Final = struct.Struct("<d32sIIII")
"""The same, with Math.random's state as 32 bytes."""
INTERRUPT_OFFSET: Final = 48
REPORT: Final = struct.Struct("<IIIIIIII")
"""Read after every entry: fault, draws, memory_used, log, log_length, result, result_length, fault_stack_length."""
REPORT_OFFSET: Final = 56
FAULT_STACK_OFFSET: Final = 92
FAULT_STACK_BYTES: Final = 4096
INPUT_OFFSET: Final = FAULT_STACK_OFFSET + FAULT_STACK_BYTES
INPUT_BYTES: Final = 16 * 1024

FAULT_CPU: Final = 1
FAULT_WALL: Final = 2
FAULT_MEMORY: Final = 3
FAULT_LOG: Final = 4
FAULT_OPERATIONS: Final = 5
FAULT_ENGINE: Final = 6

DREW_TIME: Final = 1
DREW_ENTROPY: Final = 2

COMPUTE_RANDOM: Final = 1
COMPUTE_MODULE: Final = 2
COMPUTE_CALL: Final = 3
COMPUTE_TAKE: Final = 4
PENDING: Final = -2
"""An answer to the two last: the guest gives way and asks again."""

ANSWER_FAILED: Final = 1
ANSWER_DREW: Final = 2


class Report(NamedTuple):
    """What an instance says of itself after an entry; offsets are guest addresses and not to be trusted."""

    fault: int
    draws: int
    memory_used: int
    log: int
    log_length: int
    result: int
    result_length: int
    fault_stack_length: int
