"""Programs that end with the process that started them."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

LAUNCH: Final = Path(__file__).with_name("launch.py")


def ending_with_us(command: Sequence[str]) -> list[str]:
    """Return the command to start instead of `command`. Start it in a session of its own.

    On Linux the kernel then sends the program SIGTERM when the thread that started it ends in any way, and Ctrl-C in a
    terminal reaches us alone: we say when it stops.
    """
    # -I -S: the launcher reads nothing of the environment or of site-packages, and takes a few milliseconds.
    return [sys.executable, "-I", "-S", str(LAUNCH), str(os.getpid()), *command]
