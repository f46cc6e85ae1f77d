"""`quickjs-rs`: QuickJS-NG in WebAssembly by way of wasmtime, a new runtime and context a run."""

import asyncio
from importlib.metadata import version

import loop
import quickjs_rs


async def run(script: str, event: str) -> str:
    with quickjs_rs.Runtime() as runtime, runtime.new_context() as context:
        context.eval(f"{script}\n0")  # what an evaluation gives is converted, and a function cannot be
        # Only the asynchronous evaluation runs promise jobs.
        return await context.eval_async(f"run({event}); while (out === null) await null; JSON.stringify(out)")


with asyncio.Runner() as runner:
    loop.main(
        lambda script, event: runner.run(run(script, event)),
        f"quickjs-rs {version('quickjs-rs')}, wasmtime {version('wasmtime')}",
    )
