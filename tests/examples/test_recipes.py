"""Every recipe gives what it says: `examples/run_all.py` compares, as it does for `make demo`."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
RECIPES = sorted(path.parent for path in EXAMPLES.glob("*/action.js"))


def test_each_case_of_each_recipe_is_as_it_says() -> None:
    finished = run_all()
    assert finished.returncode == 0, finished.stdout + finished.stderr
    count = sum(len(cases(recipe)["cases"]) for recipe in RECIPES)
    assert f"{count} runs, each as its recipe says" in finished.stdout
    assert [recipe.name for recipe in RECIPES if f"examples/{recipe.name}\n" not in finished.stdout] == []


def test_there_is_a_recipe_for_each_common_task() -> None:
    assert [recipe.name for recipe in RECIPES] == [
        "block-by-ip-and-risk",
        "corporate-domains",
        "first-login-metadata",
        "mfa-for-a-group",
        "roles-and-tier",
        "signed-redirect",
    ]


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.name)
def test_a_recipes_first_event_runs_by_hand(recipe: Path) -> None:
    described = cases(recipe)
    secrets = [part for name, value in described.get("secrets", {}).items() for part in ("--secret", f"{name}={value}")]
    command = ["run", recipe / "action.js", "--trigger", described["trigger"], "--event", recipe / "event.json"]
    finished = subprocess.run(
        [sys.executable, "-m", "interlock.executor", *command, *secrets, "--json"], capture_output=True, check=True
    )
    printed = json.loads(finished.stdout)
    expected = described["cases"][0]["expected"]
    assert printed["status"] == expected["status"]
    assert [each["method"] for each in printed["actions"][0]["commands"]] == [
        each["method"] for each in expected["commands"]
    ]


def test_a_recipe_that_gives_something_else_fails_the_demo_and_says_what(tmp_path: Path) -> None:
    for name in (
        "recipes.py",
        "run_all.py",
        "installation.py",
        "roles-and-tier/action.js",
        "roles-and-tier/event.json",
    ):
        copy = tmp_path / name
        copy.parent.mkdir(exist_ok=True)
        copy.write_bytes((EXAMPLES / name).read_bytes())
    described = cases(EXAMPLES / "roles-and-tier")
    described["cases"][0]["expected"]["status"] = "denied"
    (tmp_path / "roles-and-tier" / "cases.json").write_text(json.dumps(described))
    finished = run_all(folder=tmp_path)
    assert finished.returncode == 1
    assert '-  "status": "denied"' in finished.stdout
    assert '+  "status": "completed"' in finished.stdout
    assert "1 NOT as the recipe says" in finished.stdout


def test_a_recipe_that_does_not_exist_is_no_success() -> None:
    assert run_all("no-such-recipe").returncode == 1


def test_every_recipe_is_on_the_page() -> None:
    page = (EXAMPLES / "README.md").read_text()
    assert [recipe.name for recipe in RECIPES if f"({recipe.name}/action.js)" not in page] == []


def cases(recipe: Path) -> Any:
    return json.loads((recipe / "cases.json").read_text())


def run_all(*names: str, folder: Path = EXAMPLES) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, folder / "run_all.py", *names], capture_output=True, text=True, check=False)
