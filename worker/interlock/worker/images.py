"""Images of actions in memory: made once a process, on a miss, and the least used go when there is no room.

What took long to load is kept in files as well, for other processes and for the next one in this place.
"""

import asyncio
import contextlib
import hashlib
import json
import time
from collections import OrderedDict
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Final, Self

from interlock.sandbox import Image, ImageFiles, Limits, Sandbox
from interlock.worker import bundles
from interlock.worker.runs import Action
from interlock.worker.triggers import Trigger

LARGEST_BYTES: Final = 256 << 20
"""What all images of a process may take. One of a small action takes 0.2 MB, one with a large package some more."""

WORTH_A_FILE_S: Final = 0.01
"""How long an image takes to load that a worker keeps in a file: a small action's takes less, and less than to write
it. A builder, for which nobody waits, keeps all.
"""

_USUAL: Final = Limits()

_Key = tuple[bytes, str, str, Limits]


class ImageCache:
    """The images of one sandbox, which is one build of the engine. Made by `ImageCache.open`."""

    def __init__(
        self, sandbox: Sandbox, largest_bytes: int, files: ImageFiles | None = None, worth_s: float = WORTH_A_FILE_S
    ) -> None:
        """Begin without images in memory."""
        self._sandbox = sandbox
        self._files = files
        self._worth_s = worth_s
        self._largest_bytes = largest_bytes
        self._bytes = 0
        self._images: OrderedDict[_Key, Image] = OrderedDict()
        self._loading: dict[_Key, asyncio.Task[Image]] = {}

    @classmethod
    @contextlib.asynccontextmanager
    async def open(
        cls,
        sandbox: Sandbox,
        *,
        largest_bytes: int = LARGEST_BYTES,
        files: ImageFiles | None = None,
        worth_s: float = WORTH_A_FILE_S,
    ) -> AsyncIterator[Self]:
        """Keep images as long as the sandbox is open; what is still being loaded at the end is dropped.

        What takes longer to load than `worth_s` is kept in `files` as well.
        """
        cache = cls(sandbox, largest_bytes, files, worth_s)
        try:
            yield cache
        finally:
            for task in cache._loading.values():
                task.cancel()
            await asyncio.gather(*cache._loading.values(), return_exceptions=True)

    def __len__(self) -> int:
        return len(self._images)

    async def get(self, action: Action, trigger: Trigger, limits: Limits, owner: str | None = None) -> Image:
        """Return the action's image; whoever asks for one that is being made waits for the same.

        Raises the sandbox's LoadFailed, which is not kept: a load may fail for a lack of time.
        """
        key = _key(action, trigger, limits)
        image = self._images.get(key)
        if image is not None:
            self._images.move_to_end(key)
            return image
        loading = self._loading.get(key)
        if loading is None:
            loading = self._loading[key] = asyncio.create_task(self._load(key, action, trigger, limits, owner))
            loading.add_done_callback(lambda _task: self._loading.pop(key))
        # A flow that ends meanwhile takes nothing from the others.
        return await asyncio.shield(loading)

    async def _load(self, key: _Key, action: Action, trigger: Trigger, limits: Limits, owner: str | None) -> Image:
        image = self._images[key] = await load(
            self._sandbox, action, trigger, limits, self._files, owner, worth_s=self._worth_s
        )
        self._bytes += _bytes(image)
        while self._bytes > self._largest_bytes and len(self._images) > 1:
            _key_gone, gone = self._images.popitem(last=False)
            self._bytes -= _bytes(gone)
        return image


async def load(  # noqa: PLR0913, PLR0917 - what an image is made of, where it is kept, and whose it is
    sandbox: Sandbox,
    action: Action,
    trigger: Trigger,
    limits: Limits,
    files: ImageFiles | None = None,
    owner: str | None = None,
    *,
    worth_s: float = WORTH_A_FILE_S,
) -> Image:
    """Return an action's image from a file, or load it, and keep it in a file if that took longer than `worth_s`.

    Raises the sandbox's LoadFailed.
    """
    limits = bundles.loading(limits, action.source, bundled=action.source_map is not None)
    setup = trigger.setup(action.source)
    key = (*_key(action, trigger, limits), json.dumps(setup))
    name = hashlib.sha256(repr(key).encode("utf-8", "surrogatepass")).hexdigest()
    if files is not None and (found := await asyncio.to_thread(files.read, name)) is not None:
        return found
    began = time.monotonic()
    image = await sandbox.load(action.source, filename=action.filename, setup=setup, limits=limits, owner=owner)
    if files is not None and time.monotonic() - began > worth_s:
        await asyncio.to_thread(files.write, name, image)
    return image


def _key(action: Action, trigger: Trigger, limits: Limits) -> _Key:
    # By content: an image depends on nothing else, so versions and tenants with the same text may share one. Nothing
    # that a run does reaches an image, and no secret is there when it is made.
    # How long it may take, and how long its code may be, made no difference where it was made.
    limits = replace(limits, wall_ms=_USUAL.wall_ms, source_bytes=_USUAL.source_bytes)
    return action.digest, action.filename, trigger.id, limits


def _bytes(image: Image) -> int:
    return sum(len(data) for _, data in image.pages.runs)
