"""What we change in QuickJS-NG's published source before it is compiled, and why.

The first two are about one thing: that a run which used up its time can say on which line. The others give every
promise job the context (`js_async_context`) in which it was asked for, which is what Node's AsyncLocalStorage promises.
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


_CONTEXT: Final = (
    "The engine's own promise hook says nothing of `await`, and names no context: what was current when a reaction was "
    "asked for has to be kept beside it."
)

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
    Patch(
        "quickjs.c",
        "typedef struct JSJobEntry {\n    struct list_head link;\n",
        "JSValue js_async_context = JS_UNDEFINED;\n\n"
        "typedef struct JSJobEntry {\n    struct list_head link;\n    JSValue context;\n",
        1,
        _CONTEXT,
    ),
    Patch(
        "quickjs.c",
        "    e->job_func = job_func;\n",
        "    e->job_func = job_func;\n    e->context = js_dup(js_async_context);\n",
        1,
        _CONTEXT,
    ),
    Patch(
        "quickjs.c",
        "    res = e->job_func(e->ctx, e->argc, vc(e->argv));\n",
        "    JSValue outer = js_async_context;\n"
        "    js_async_context = e->context;\n"
        "    res = e->job_func(e->ctx, e->argc, vc(e->argv));\n"
        "    JS_FreeValue(ctx, js_async_context);\n"
        "    js_async_context = outer;\n",
        1,
        _CONTEXT,
    ),
    Patch(
        "quickjs.c",
        "    JSValue handler;\n} JSPromiseReactionData;\n",
        "    JSValue handler;\n    JSValue context;\n} JSPromiseReactionData;\n",
        1,
        _CONTEXT,
    ),
    Patch(
        "quickjs.c",
        "    JS_FreeValueRT(rt, rd->handler);\n",
        "    JS_FreeValueRT(rt, rd->handler);\n    JS_FreeValueRT(rt, rd->context);\n",
        1,
        _CONTEXT,
    ),
    Patch(
        "quickjs.c",
        "            JS_MarkValue(rt, rd->handler, mark_func);\n",
        "            JS_MarkValue(rt, rd->handler, mark_func);\n"
        "            JS_MarkValue(rt, rd->context, mark_func);\n",
        1,
        _CONTEXT,
    ),
    Patch(
        "quickjs.c",
        "        rd->handler = js_dup(handler);\n",
        "        rd->handler = js_dup(handler);\n        rd->context = js_dup(js_async_context);\n",
        1,
        _CONTEXT,
    ),
    Patch(
        "quickjs.c",
        "        JS_EnqueueJob(ctx, promise_reaction_job, 5, args);\n        list_del(&rd->link);\n",
        "        JSValue outer = js_async_context;\n"
        "        js_async_context = rd->context;\n"
        "        JS_EnqueueJob(ctx, promise_reaction_job, 5, args);\n"
        "        js_async_context = outer;\n"
        "        list_del(&rd->link);\n",
        1,
        _CONTEXT,
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
