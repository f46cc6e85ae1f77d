"""`quickjs` and `quickjs-ng`: QuickJS in the process itself, a new context (with its runtime) a run; no sandbox."""

from importlib.metadata import PackageNotFoundError, version

import loop
import quickjs


def run(script: str, event: str) -> str:
    context = quickjs.Context()
    context.set_memory_limit(64 << 20)
    context.eval(script)
    context.get("run")(context.parse_json(event))
    while context.execute_pending_job():
        pass
    return context.eval("JSON.stringify(out)")


def installed() -> str:
    for name in ("quickjs-ng", "quickjs"):
        try:
            return f"{name} {version(name)}"
        except PackageNotFoundError:
            continue
    raise SystemExit("no quickjs")


loop.main(run, installed())
