"""Every recipe gives what it says: `examples/run_all.py` compares, as it does for `make demo`.

No registry is reached: `make recipe-packages` put the packages of their locks where builds look for them.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from run_all import posted

import recipes
import stand_ins
from npm_registry import ESBUILD
from recipes import Recipe
from stand_ins import StandIns

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "examples"
RECIPES = recipes.recipes([])
BY_HAND = [recipe for recipe in RECIPES if recipe.stand_ins or recipe.name == "corporate-domains"]
"""What a command of one's own has to be told: packages, secrets, addresses that are opened."""
NO_NETWORK = {"INTERLOCK_NPM_REGISTRY": "http://127.0.0.1:9", "INTERLOCK_ESBUILD": str(ESBUILD)}


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StandIns]:
    wanted = {name for recipe in RECIPES for name in recipe.stand_ins}
    with stand_ins.opened(tmp_path_factory.mktemp("authority"), wanted) as opened:
        for recipe in RECIPES:
            opened.prepare(recipe.folder)
        yield opened


def test_each_case_of_each_recipe_is_as_it_says() -> None:
    finished = run_all()
    assert finished.returncode == 0, finished.stdout + finished.stderr
    count = sum(len(recipe.document["cases"]) for recipe in RECIPES)
    assert f"{count} runs, each as its recipe says" in finished.stdout
    assert [recipe.name for recipe in RECIPES if f"examples/{recipe.name}\n" not in finished.stdout] == []
    assert finished.stderr == ""


def test_there_is_a_recipe_for_each_common_task() -> None:
    assert [recipe.name for recipe in RECIPES] == [
        "account-linking",
        "block-by-ip-and-risk",
        "consent-redirect",
        "corporate-domains",
        "crm-sync",
        "disposable-email",
        "first-login-metadata",
        "m2m-scopes",
        "mfa-for-a-group",
        "postgres-upsert",
        "progressive-profiling",
        "roles-and-tier",
        "signed-assertion",
        "sms-provider",
        "step-up-mfa",
        "token-exchange",
        "welcome-mail",
    ]


@pytest.mark.parametrize("recipe", BY_HAND, ids=lambda recipe: recipe.name)
def test_a_recipes_first_event_runs_by_hand(recipe: Recipe, there: StandIns, tmp_path: Path) -> None:
    case = recipe.cases(there.values)[0]
    there.begin(recipe.stand_ins, case.answers)
    secrets = [part for name, value in case.secrets.items() for part in ("--secret", f"{name}={value}")]
    opened = [part for name in recipe.stand_ins for part in ("--allow", there.places[name])]
    event = tmp_path / "event.json"
    event.write_text(json.dumps(posted(case.event)))
    command = ["run", *recipe.actions, "--trigger", case.trigger.id, "--event", event]
    finished = subprocess.run(
        [
            *map(
                str,
                (sys.executable, "-m", "interlock.executor", *command, *secrets, *opened, "--ca", there.ca, "--json"),
            )
        ],
        capture_output=True,
        check=True,
        env=os.environ | NO_NETWORK,
    )
    arrived = there.arrived(recipe.stand_ins) if "arrived" in case.expected else None
    assert recipes.observed(json.loads(finished.stdout), arrived, case.secrets.values()) == case.expected


def test_a_recipe_that_gives_something_else_fails_the_demo_and_says_what(tmp_path: Path) -> None:
    copy = tmp_path / "roles-and-tier"
    copy.mkdir()
    for name in ("action.js", "event.json", "cases.json"):
        (copy / name).write_bytes((EXAMPLES / copy.name / name).read_bytes())
    described = json.loads((copy / "cases.json").read_text())
    described["cases"][0]["expected"]["status"] = "denied"
    (copy / "cases.json").write_text(json.dumps(described))
    finished = run_all("--folder", str(tmp_path))
    assert finished.returncode == 1
    assert '-  "status": "denied"' in finished.stdout
    assert '+  "status": "completed"' in finished.stdout
    assert "1 NOT as the recipe says" in finished.stdout


def test_a_recipe_that_does_not_exist_is_no_success() -> None:
    assert run_all("no-such-recipe").returncode == 1


def test_every_recipe_is_on_the_page() -> None:
    page = (EXAMPLES / "README.md").read_text()
    assert [recipe.name for recipe in RECIPES if f"({recipe.name}/{recipe.action.name})" not in page] == []


@pytest.mark.parametrize("recipe", [each for each in RECIPES if each.packages], ids=lambda recipe: recipe.name)
def test_packages_are_exact_versions_with_hashes_and_no_address(recipe: Recipe) -> None:
    lock = recipe.lock.read_text()
    assert '"resolved"' not in lock
    locked: Mapping[str, Any] = json.loads(lock)["packages"]
    assert locked[""]["dependencies"] == recipe.packages
    assert {name: locked[f"node_modules/{name}"]["version"] for name in recipe.packages} == recipe.packages
    # As those that are tried in actions: there is one version to keep up with.
    tried = json.loads((ROOT / "tests/compat/package-lock.json").read_text())["packages"]
    hashes = {place: each["integrity"] for place, each in locked.items() if place}
    assert hashes.items() <= {place: each.get("integrity") for place, each in tried.items()}.items()


def run_all(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(EXAMPLES / "run_all.py"), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=os.environ | NO_NETWORK)
