"""Making an image: compile an action, evaluate its top level once, and decide whether what that left may be kept."""

import json

from interlock.sandbox import errors, stacks, state
from interlock.sandbox.base import Base
from interlock.sandbox.errors import LoadFailed
from interlock.sandbox.images import Image, changed
from interlock.sandbox.messages import JSON
from interlock.sandbox.run import check_loaded, guest_error
from interlock.sandbox.vm import Cut, Vm


async def load(vm: Vm, base: Base, source: str, filename: str, setup: JSON) -> Image:
    """Loads into a VM that holds a slot; the caller closes it. Raises LoadFailed.

    What evaluation drew (time, entropy, a host operation) must not be the same in every run, so such an action is kept
    as it was compiled and evaluated by each run.
    """
    vm.open(None)
    try:
        check_loaded(await _compile(vm, source, filename, setup), errors.SYNTAX_ERROR)
        compiled = _memory(vm, base)
        loaded = check_loaded(await vm.enter(b"evaluate"))
        frozen = not vm.draws and not loaded.operations and not vm.holds_streams
        memory = _memory(vm, base) if frozen else compiled
    except Cut as cut:
        error = guest_error(cut, filename, source.count("\n") + 1)
        raise LoadFailed(error, vm.console(), vm.usage()) from None
    return Image(filename, frozen, changed(memory, base.memory))


async def _compile(vm: Vm, source: str, filename: str, setup: JSON) -> bytes:
    text = stacks.wrap(source).encode("utf-8", "replace")
    setup_json = json.dumps(setup, allow_nan=False).encode()
    addresses = [await vm.allocate(data) for data in (text, filename.encode(), setup_json)]
    return await vm.enter(b"compile", addresses[0], len(text), *addresses[1:], len(setup_json))


def _memory(vm: Vm, base: Base) -> bytes:
    """The VM's memory, without what was written for one entry alone: clock, random state, input."""
    instance = vm.instance
    instance.write(base.state_offset, bytes(state.ENTRY.size))
    instance.write(base.state_offset + state.INPUT_OFFSET, bytes(state.INPUT_BYTES))
    return instance.read(0, instance.size)
