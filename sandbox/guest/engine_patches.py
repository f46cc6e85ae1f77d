"""What we change in QuickJS-NG's published source before it is compiled, and why.

Both are about one thing: that a run which used up its time can say on which line.
"""

from pathlib import Path
from typing import Final, NamedTuple


class Patch(NamedTuple):
    """In `file`, `before` becomes `after`, as many `times` as it must be there."""

    file: str
    before: str
    after: str
    times: int
    reason: str


class PatchFailed(Exception):
    """The source is not the one a patch was written for."""


PATCHES: Final = (
    Patch(
        "quickjs.c",
        "    switch(tok = s->token.val) {\n    case '{':\n",
        "    emit_source_loc(s);\n    switch(tok = s->token.val) {\n    case '{':\n",
        1,
        "The compiler notes positions for calls, property reads and throws only. A loop that does none of these is "
        "where a time-out ends, and its author would read the line where the function begins.",
    ),
    Patch(
        "quickjs.c",
        "if (unlikely(js_poll_interrupts(ctx)))",
        "if (unlikely(js_poll_interrupts(ctx)) && ++pc)",
        7,
        "An interrupt is noticed behind a jump, while a backtrace looks at the instruction before the counter: that "
        "is the end of the statement in front of a loop, not the loop.",
    ),
)


def apply(folder: Path) -> None:
    """Patches the source in `folder`. Raises `PatchFailed` when a text is not there as often as it must be."""
    for patch in PATCHES:
        path = folder / patch.file
        text = path.read_text(encoding="utf-8")
        if text.count(patch.before) != patch.times:
            message = f"{patch.file} is not the version this was written for: {patch.reason}"
            raise PatchFailed(message)
        path.write_text(text.replace(patch.before, patch.after), encoding="utf-8")
