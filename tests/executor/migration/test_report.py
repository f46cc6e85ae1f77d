"""What the report of an import finds, and that it finds nothing where there is nothing."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from interlock.executor.auth0_files import (
    Action,
    Bound,
    Dependency,
    Exported,
    Module,
    ModuleReference,
    Place,
    Secret,
    Trigger,
    TriggerVersion,
    Unhandled,
    Unknown,
    documents,
)
from interlock.executor.migration import FAILS, Finding, examine, node_modules
from interlock.worker import triggers

ROOT = Path(__file__).resolve().parents[3]
TRIGGERS = {trigger.id: trigger for trigger in triggers.BUILT_IN}
SAMPLES: list[dict[str, Any]] = documents.read_yaml(
    (Path(__file__).parent / "samples.yaml").read_text(), "samples.yaml"
).value


def exported(sample: Mapping[str, Any]) -> Exported:
    name = sample.get("name", "sample")
    common: dict[str, Any] = {
        "code": sample["code"],
        "language": sample.get("language", "javascript"),
        "dependencies": tuple(
            Dependency(each, "1.0.0", "https://registry.example" if "registry" in sample else None, Place("a.json"))
            for each in sample.get("dependencies", ())
        ),
        "secrets": tuple(Secret(each, place=Place("a.json")) for each in sample.get("secrets", ())),
        "file": "code.js",
        "place": Place("a.json"),
    }
    if sample.get("kind") == "module":
        return Exported(modules=(Module(name, **common),))
    ids = sample.get("triggers", [sample.get("trigger", "post-login")])
    action = Action(
        name,
        triggers=tuple(TriggerVersion(each, sample.get("trigger_version")) for each in ids),
        runtime=sample.get("runtime"),
        deployed=sample.get("deployed", True),
        modules=tuple(ModuleReference(each, 1, Place("a.json")) for each in sample.get("modules", ())),
        **common,
    )
    named = [*sample.get("modules", ()), *sample.get("modules_there", ())]
    modules = tuple(Module(each, "exports.a = 1;", latest=3) for each in named)
    bound = (Trigger("post-login", (Bound(name),)),) if sample.get("bound") else ()
    return Exported((action,), modules, bound)


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda each: f"{each.get('finds', ['nothing'])[0]}")
def test_each_sample_has_just_what_is_said_of_it(sample: dict[str, Any]) -> None:
    found = examine(exported(sample), TRIGGERS)
    assert sorted(f"{each.code}:{each.place.line}" for each in found) == sorted(sample.get("finds", []))
    assert all(each.message.endswith(".") and each.advice.endswith((".", "}.")) for each in found), found


def whole_exports() -> list[Finding]:
    """What is found about an export, and not about one action."""
    many = tuple(
        Action(f"a{number}", "exports.onExecutePostLogin = async () => {};", (TriggerVersion("post-login"),))
        for number in range(101)
    )
    large = Action(
        "large",
        "exports.onExecutePostLogin = async () => {}; //" + "x" * 100_000,
        (TriggerVersion("post-login"),),
        secrets=tuple(Secret(f"S{number}", "v" * 5_000) for number in range(31)),
        dependencies=tuple(Dependency(f"p{number}", "1.0.0") for number in range(11)),
    )
    requires = "".join(f"require('actions:m{number}');" for number in range(4))
    modular = Action("m", requires + many[0].code, (TriggerVersion("post-login"),))
    modules = tuple(Module(f"m{number}", "") for number in range(101))
    return examine(
        Exported(
            (*many, large, modular),
            modules,
            (
                Trigger("post-login", tuple(Bound(f"a{number}") for number in range(21))),
                Trigger("nowhere", (Bound("missing"),)),
            ),
            (Unhandled("rules", 2), Unhandled("clients", 1), Unhandled("event-streams", 1)),
            (Unknown("colour", Place("a.json")),),
        ),
        TRIGGERS,
    )


def test_every_kind_of_finding_is_on_the_page_and_in_a_sample() -> None:
    page = (ROOT / "docs" / "MIGRATING.md").read_text()
    table = page.partition("## What the report finds")[2]
    told = set(re.findall(r"^\| `([a-z_]+)`", table, re.MULTILINE))
    shown = {each.partition(":")[0] for sample in SAMPLES for each in sample.get("finds", [])}
    assert shown | {each.code for each in whole_exports()} | {"more_findings"} == told


def test_no_recipe_of_the_repository_has_a_finding() -> None:
    looked_at = 0
    for file in sorted((ROOT / "examples").glob("*/action.[jt]s")):
        code = file.read_text()
        manifest = file.parent / "package.json"
        named = json.loads(manifest.read_text()).get("dependencies", {}) if manifest.exists() else {}
        said = re.search(r"Trigger: (.*)", code)
        assert said is not None
        for trigger in re.findall(r"[a-z]+(?:-[a-z]+)+", said[1]):
            action = Action(
                file.parent.name,
                code,
                (TriggerVersion(trigger, TRIGGERS[trigger].version),),
                "typescript" if file.suffix == ".ts" else "javascript",
                dependencies=tuple(Dependency(*each) for each in named.items()),
                file=file.name,
            )
            assert examine(Exported((action,)), TRIGGERS) == []
            looked_at += 1
    assert looked_at > 10


def test_packages_that_are_tried_have_no_finding_but_those_that_do_not_work() -> None:
    page = (ROOT / "docs" / "PACKAGES.md").read_text()
    broken = {line.split(" ")[1] for line in page.splitlines() if "**does not work**" in line}
    found = set()
    for file in (ROOT / "tests" / "compat" / "actions").glob("*.js"):
        action = Action(file.stem, file.read_text(), (TriggerVersion("post-login"),), file=file.name)
        wrong = {each.code for each in examine(Exported((action,)), TRIGGERS)}
        # They stand for themselves: the file beside them names packages, and another trigger.
        if wrong - {"package_not_named", "handler_missing"}:
            assert wrong >= {"package_does_not_work"}
            found.add(file.stem)
    assert found == {"undici", "aws-sdk-whole"}
    assert broken == set(node_modules.known().packages)


def test_what_the_guest_refuses_is_what_the_report_knows() -> None:
    page = (ROOT / "docs" / "RUNTIME.md").read_text()
    table = page.partition("These load and refuse")[2].partition("The stack of an error")[0]
    cells = " ".join(re.findall(r"^\| ([a-z:_0-9, /]+) \|", table, re.MULTILINE)).replace(",", " ").split()
    refused = {each.removeprefix("node:") for each in cells} - {"module"}
    known = node_modules.known()
    assert refused | {"test/reporters"} == set(known.refused)
    assert set(known.refused) <= known.builtin


def test_a_name_of_the_export_is_all_that_a_message_repeats() -> None:
    code = "exports.onExecutePostLogin = async (event) => { const key = 'hunter2'; event.nothing(key); };"
    action = Action("a", code, (TriggerVersion("post-login"),), secrets=(Secret("K", "hunter2"),))
    found = examine(Exported((action,)), TRIGGERS)
    assert found
    assert "hunter2" not in repr([each.record() for each in found])


HOSTILE = [
    "(" * 30_000,
    "[" * 15_000 + "]" * 15_000,
    "a=>" * 30_000,
    "`${" * 30_000,
    "a." * 15_000 + "b",
    "if(a)" * 6_000,
    "var a=a;" * 3_000,
    "function f(a){f(a)}" * 1_500,
    "".join(f"const a{number + 1} = a{number};" for number in range(1_500)) + "a1500.x()",
    "exports.onExecutePostLogin = async (event, api) => {" + "api.x.y();" * 3_000 + "}",
    "const {" + "a:{" * 20_000,
    "\ud800\x00\u2028",
]


@pytest.mark.parametrize("code", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_code_is_looked_at_and_done_with(code: str) -> None:
    action = Action("a", code, (TriggerVersion("post-login"),))
    for found in examine(Exported((action,)), TRIGGERS):
        assert json.loads(json.dumps(found.record()))


WORDS = st.sampled_from(
    "exports . onExecutePostLogin = async ( event , api ) => { } [ ] ; const let x require 'fs' api.user.foo() "
    "event.user ... : ? ?? || await function return class import from 'a' export default ` ${ /a/ <a> as".split()
)


@settings(deadline=None, max_examples=80)
@given(st.lists(WORDS, max_size=60), st.sampled_from(["javascript", "typescript"]))
def test_no_code_ends_the_report(words: list[str], language: str) -> None:
    action = Action("a", " ".join(words), (TriggerVersion("post-login"),), language)
    assert all(each.severity for each in examine(Exported((action,)), TRIGGERS))


def test_of_one_action_no_more_is_told_than_somebody_reads() -> None:
    code = "exports.onExecutePostLogin = async (event, api) => {" + "api.x.y();" * 300 + "};"
    found = examine(Exported((Action("a", code, (TriggerVersion("post-login"),)),)), TRIGGERS)
    assert len(found) == 101
    assert (found[-1].code, found[-1].message) == ("more_findings", "There are 200 more.")


def test_the_worst_comes_first() -> None:
    found = [each.severity for each in examine(exported(SAMPLES[0]), TRIGGERS)]
    assert found[0] == FAILS
    assert found == sorted(found, key=["fails", "differs", "note"].index)
