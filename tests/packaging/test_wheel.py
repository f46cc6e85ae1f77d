"""The wheel carries everything a run needs: the engine and the bundles too, which are built and not kept in git."""

import json
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def test_the_wheel_carries_the_engine_the_bundles_and_the_licence(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    built = {path.relative_to(ROOT / part).as_posix() for part in ("sandbox", "worker") for path in built_files(part)}
    assert built >= {
        "interlock/sandbox/built/engine.wasm",
        "interlock/sandbox/built/base.js",
        "interlock/worker/built/api.js",
    }
    assert built <= set(names)
    assert {name.rpartition("/")[2] for name in names if "/licenses/" in name} == {"LICENSE", "NOTICE"}


def test_the_notice_names_everything_of_others_that_the_wheel_carries() -> None:
    wanted = json.loads((ROOT / "package.json").read_text())["devDependencies"].keys()
    tools = {"esbuild", "node-types", "prettier", "typescript"}
    # What tests alone run in a guest.
    tried = set(
        """
        @xmldom/xmldom axios ioredis ipaddr.js jose js-yaml jsonwebtoken libphonenumber-js lodash moment node-fetch
        nodemailer pg postgres redis uuid validator winston ws xml2js zod
        """.split()
    )
    named = set((ROOT / "NOTICE").read_text().splitlines())
    assert {"QuickJS-NG", "Node.js", *wanted} - tools - tried - named == set()


def test_the_wheel_holds_the_packages_and_nothing_of_the_checkout_beside_them(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.split("/")[0] for name in names} == {"interlock", "interlock-0.1.0.dist-info"}
    parts = {name.split("/")[1] for name in names if name.startswith("interlock/")}
    assert parts == {"executor", "sandbox", "secrets", "worker"}
    assert {f"interlock/{part}/py.typed" for part in parts} <= set(names)


def test_two_wheels_of_the_same_tree_are_byte_identical(wheel: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    assert (tmp_path / wheel.name).read_bytes() == wheel.read_bytes()


def test_an_action_runs_from_the_unpacked_wheel_alone(wheel: Path, action: Path, tmp_path: Path) -> None:
    unpacked = tmp_path / "site"
    zipfile.ZipFile(wheel).extractall(unpacked)
    # -S keeps the checkout's editable install out; the dependencies are named as a plain folder instead.
    start = [sys.executable, "-S", "-c", "from interlock.executor.main import main; main()"]
    environment = {"PYTHONPATH": f"{unpacked}:{sysconfig.get_path('purelib')}", "HOME": str(tmp_path)}
    run_an_action(start, action, tmp_path, environment)


@pytest.mark.slow
def test_the_wheel_installs_into_an_empty_environment_and_runs_an_action(
    wheel: Path, action: Path, tmp_path: Path
) -> None:
    environment = tmp_path / "venv"
    venv.create(environment, with_pip=True)
    pip = [str(environment / "bin" / "python"), "-m", "pip", "install", "--disable-pip-version-check", "--quiet"]
    locked = ["--require-hashes", "--only-binary", ":all:", "-r", str(ROOT / "requirements" / "runtime.lock")]
    subprocess.run([*pip, *locked], check=True)
    # Nothing of pip's settings may help: what the wheel asks for beyond the lock would be missing.
    subprocess.run([*pip, "--no-index", str(wheel)], check=True)
    subprocess.run([environment / "bin" / "python", "-m", "pip", "check"], check=True)
    run_an_action([str(environment / "bin" / "interlock")], action, tmp_path, {"HOME": str(tmp_path)})


def run_an_action(start: list[str], action: Path, folder: Path, environment: dict[str, str]) -> None:
    """Makes an event with `interlock event`, runs the action on it, and expects the claim that the action sets."""

    def interlock(*arguments: str) -> str:
        finished = subprocess.run(
            [*start, *arguments], cwd=folder, env=environment, capture_output=True, text=True, check=False
        )
        assert finished.returncode == 0, finished.stdout + finished.stderr
        return finished.stdout

    event = folder / "event.json"
    event.write_text(interlock("event", "post-login"))
    country = json.loads(event.read_text())["request"]["geoip"]["countryCode"]
    result = json.loads(interlock("run", str(action), "--trigger", "post-login", "--event", str(event), "--json"))
    assert result["status"] == "completed"
    [ran] = result["actions"]
    assert ran["error"] is None
    assert ran["commands"] == [
        {"method": "api.accessToken.setCustomClaim", "args": ["https://example.com/country", country]}
    ]


def built_files(part: str) -> list[Path]:
    """What `make setup` built for one part."""
    return [path for path in (ROOT / part / "interlock" / part / "built").rglob("*") if path.is_file()]
