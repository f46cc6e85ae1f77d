"""The engine: does an action run on this machine?"""

import time
from typing import Final

from interlock.executor.diagnosis.findings import Finding, Findings
from interlock.sandbox import Sandbox, SandboxError

PART: Final = "engine"


async def check() -> Findings:
    """Open the sandbox and run the smallest program in it."""
    began = time.monotonic()
    try:
        with Sandbox.open() as sandbox:
            image = await sandbox.load("module.exports = () => 1", filename="doctor.js")
            opened = time.monotonic() - began
            await sandbox.run(image, b"{}")
    except SandboxError as error:
        yield Finding(PART, "wrong", error.message, "Install Interlock anew, or run `make setup` in a checkout.")
        return
    yield Finding(PART, "ok", f"a program runs in the sandbox, which opened in {opened:.1f} s")
