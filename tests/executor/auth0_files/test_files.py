"""The deploy tool's files: what is written is read again, and what others wrote is read as they meant it."""

import json
import os
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from interlock.executor import auth0_files
from interlock.executor.auth0_files import (
    DIRECTORY,
    FORMATS,
    YAML,
    Action,
    Bound,
    Dependency,
    Exported,
    Keywords,
    Module,
    ModuleReference,
    Secret,
    Trigger,
    TriggerVersion,
)
from interlock.executor.auth0_files.names import of_all, sanitized
from interlock.executor.errors import ExportRefused, FileRefused

WORDS = st.sampled_from(
    ["on", "no", "null", "1:30", "0o17", "1e3", "~", "- a", "#x", "a: b", "'", "\\", "é", ".", "..", ".a"]
)
NAMES = st.one_of(WORDS, st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=20))
CODE = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=60)
SECRETS = st.lists(NAMES.map(Secret), max_size=3).map(tuple)
PACKAGES = st.lists(st.builds(Dependency, NAMES, NAMES), max_size=2).map(tuple)


def plain(text: str) -> bool:
    """Not what the deploy tool would replace."""
    return "##" not in text and "@@" not in text


def tenants() -> st.SearchStrategy[Exported]:
    actions = st.builds(
        Action,
        name=NAMES,
        code=CODE,
        triggers=st.lists(st.builds(TriggerVersion, NAMES, NAMES), min_size=1, max_size=2).map(tuple),
        language=st.sampled_from(["javascript", "typescript"]),
        runtime=st.sampled_from(["node18", "node22"]),
        dependencies=PACKAGES,
        secrets=SECRETS,
        modules=st.lists(st.builds(ModuleReference, NAMES, st.none() | st.integers(1, 99)), max_size=2).map(tuple),
        deployed=st.booleans(),
    )
    modules = st.builds(
        Module,
        name=NAMES,
        code=CODE,
        dependencies=PACKAGES,
        secrets=SECRETS,
        published=st.booleans(),
        latest=st.none() | st.integers(1, 99),
    )
    bound = st.lists(st.builds(Bound, NAMES, NAMES), max_size=3).map(tuple)
    return st.builds(
        Exported,
        st.lists(actions, max_size=3, unique_by=lambda each: each.name).map(tuple),
        st.lists(modules, max_size=2, unique_by=lambda each: each.name).map(tuple),
        st.lists(st.builds(Trigger, NAMES, bound), max_size=3, unique_by=lambda each: each.id).map(tuple),
    ).filter(has_no_keywords)


def has_no_keywords(tenant: Exported) -> bool:
    code = [each.code for each in tenant.actions] + [each.code for each in tenant.modules]
    return plain(repr(tenant)) and all(map(plain, code))


def by_name(tenant: Exported) -> Exported:
    return replace(
        tenant,
        actions=tuple(sorted(tenant.actions, key=lambda each: each.name)),
        modules=tuple(sorted(tenant.modules, key=lambda each: each.name)),
    )


@settings(deadline=None, max_examples=60)
@given(tenants(), st.sampled_from(FORMATS))
def test_what_is_written_is_read_again(tenant: Exported, form: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / ("export" if form == DIRECTORY else "tenant.yaml")
        auth0_files.write(tenant, path, form)
        assert by_name(auth0_files.read(path)) == by_name(tenant)


@given(st.lists(st.text(max_size=300), unique=True, max_size=6))
def test_names_of_files_are_safe_and_never_alike(names: list[str]) -> None:
    found = of_all(names)
    assert len({each.casefold() for each in found.values()}) == len(names)
    for each in found.values():
        assert not set('/\\:*?"<>|\0') & set(each)
        assert each not in {"", ".", ".."}
        assert len(each.encode("utf-8", "replace")) < 240


def test_a_name_is_written_as_the_deploy_tool_writes_it() -> None:
    assert sanitized("Add roles: v2/3") == "Add roles- v2-3"


def export(folder: Path, **changed: object) -> Path:
    """An export as the tool writes it from a folder called `local`, with one action."""
    action = {
        "name": "greet",
        "code": "./local/actions/greet/code.js",
        "supported_triggers": [{"id": "post-login", "version": "v3"}],
        **changed,
    }
    (folder / "actions" / "greet").mkdir(parents=True)
    (folder / "actions" / "greet.json").write_text(json.dumps(action, indent=2))
    (folder / "actions" / "greet" / "code.js").write_text("exports.x = '##NAME##';\n")
    return folder


def refused(path: Path, words: Keywords | None = None) -> ExportRefused:
    with pytest.raises(ExportRefused) as caught:
        auth0_files.read(path, words)
    return caught.value


@pytest.mark.parametrize(
    "code",
    ["local/actions/greet/code.js", "/elsewhere/local/actions/greet/code.js", "local\\actions\\greet\\code.js", None],
)
def test_code_is_found_wherever_the_export_was_made(tmp_path: Path, code: str | None) -> None:
    found = auth0_files.read(export(tmp_path, code=code))
    assert found.actions[0].file == "actions/greet/code.js"


@pytest.mark.parametrize("code", ["../../etc/passwd", "/etc/passwd", "actions/../../secret.js", "C:\\secret.js"])
def test_a_path_that_leads_out_is_refused(tmp_path: Path, code: str) -> None:
    (tmp_path / "secret.js").write_text("outside")
    error = refused(export(tmp_path / "export", code=code))
    assert error.code == "export_unsafe"
    assert "actions/greet.json:3" in error.message


def test_no_link_and_no_pipe_is_followed_or_waited_for(tmp_path: Path) -> None:
    (tmp_path / "secret.js").write_text("outside")
    code = export(tmp_path / "one") / "actions" / "greet" / "code.js"
    code.unlink()
    code.symlink_to(tmp_path / "secret.js")
    assert refused(tmp_path / "one").code == "export_unsafe"
    code.unlink()
    (tmp_path / "pipe").mkdir()
    os.mkfifo(code)
    assert refused(tmp_path / "one").code == "export_unsafe"
    code.unlink()
    code.mkdir()
    assert refused(tmp_path / "one").code == "export_unsafe"
    moved = export(tmp_path / "two") / "actions"
    moved.rename(tmp_path / "elsewhere")
    moved.symlink_to(tmp_path / "elsewhere")
    assert refused(tmp_path / "two").code in {"export_unsafe", "export_missing"}


def test_a_file_that_is_too_large_is_refused(tmp_path: Path) -> None:
    folder = export(tmp_path)
    (folder / "actions" / "greet" / "code.js").write_bytes(b"x" * ((1 << 20) + 1))
    assert refused(folder).code == "export_too_large"


BOMB = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{chr(98 + step)}: &{chr(98 + step)} [{', '.join(['*' + chr(97 + step)] * 10)}]\n" for step in range(8)
)


@pytest.mark.parametrize(
    ("document", "code"),
    [
        ("actions: []\n" + BOMB, "export_too_large"),
        ("actions: " + "[" * 5_000 + "]" * 5_000, "export_too_large"),
        ("actions: " + "[" * 100 + "]" * 100, "export_too_large"),
        ("actions: &a [*a]", "export_invalid"),
        ("actions: !!python/object/apply:os.system ['id']", "export_invalid"),
        ("actions: []\nactions: []", "export_invalid"),
        ("actions: []\n---\nactions: []", "export_invalid"),
        ("actions: {a: 1}", "export_invalid"),
        ("? [a]\n: 1\nactions: []", "export_invalid"),
        ("clients: []", "export_missing"),
        ("- a", "export_invalid"),
        ("actions: [", "export_invalid"),
        ("actions:\n  - name: a\n    code: x.js\n    supported_triggers: []", "export_invalid"),
        ("triggers:\n  post-login: [{action_name: 5}]", "export_invalid"),
        ("actions: [\x00]", "export_invalid"),
    ],
)
def test_odd_and_hostile_documents_are_refused(tmp_path: Path, document: str, code: str) -> None:
    path = tmp_path / "tenant.yaml"
    path.write_text(document)
    assert refused(path).code == code


def test_a_mistake_is_told_with_its_line_and_without_its_value(tmp_path: Path) -> None:
    secrets = [{"name": "KEY", "value": {"deep": "hunter2"}}]
    error = refused(export(tmp_path, secrets=secrets))
    assert error.message.startswith("actions/greet.json:")
    assert ":1:" not in error.message
    assert "hunter2" not in error.message


def test_texts_are_those_of_yaml_1_2_as_the_tool_has_it(tmp_path: Path) -> None:
    path = tmp_path / "tenant.yaml"
    path.write_text("triggers:\n  no: [{action_name: on, display_name: 1:30}]\n  2026-01-01: []\n")
    assert auth0_files.read(path).triggers == (
        Trigger("no", (Bound("on", "1:30"),)),
        Trigger("2026-01-01"),
    )


def test_aliases_that_the_tool_writes_are_read(tmp_path: Path) -> None:
    path = tmp_path / "tenant.yaml"
    path.write_text("triggers:\n  a: &ref_0\n    - action_name: x\n  b: *ref_0\n")
    first, second = auth0_files.read(path).triggers
    assert first.bound == second.bound == (Bound("x"),)


def test_keywords_are_replaced_from_mappings_and_the_environment(tmp_path: Path) -> None:
    folder = export(tmp_path, secrets=[{"name": "KEY", "value": "##SECRET##"}], dependencies="@@PACKAGES@@")
    words = Keywords({"SECRET": "from mappings", "PACKAGES": [{"name": "pg", "version": "8.0.0"}]}, {"SECRET": "taken"})
    found = auth0_files.read(folder, words)
    assert found.actions[0].secrets[0].value == "taken"
    assert found.actions[0].dependencies == (Dependency("pg", "8.0.0"),)
    assert found.keywords == ("SECRET",)
    assert found.actions[0].code == "exports.x = '##NAME##';\n"
    assert "taken" not in repr(found)


def test_a_keyword_that_nothing_replaces_is_refused_by_its_name(tmp_path: Path) -> None:
    folder = export(tmp_path / "folder", runtime="##RUNTIME##")
    error = refused(folder, Keywords(environment=None))
    assert error.code == "keyword_unresolved"
    assert "actions/greet.json:" in error.message
    assert "RUNTIME" in error.message
    path = tmp_path / "tenant.yaml"
    # What is not ours may have any.
    path.write_text("emailProvider: {password: ##OTHER##}\ntriggers:\n  a:\n    - action_name: ##ACTION##\n")
    error = refused(path)
    assert (error.code, "ACTION" in error.message, ":4:" in error.message) == ("keyword_unresolved", True, True)


def test_a_list_is_put_in_whatever_quotes_are_around_its_keyword(tmp_path: Path) -> None:
    path = tmp_path / "tenant.yaml"
    path.write_text("triggers:\n  a: '@@BOUND@@'\n  b: \"@@BOUND@@\"\n  c: @@BOUND@@\n")
    found = auth0_files.read(path, Keywords({"BOUND": [{"action_name": "x"}]}))
    assert [each.bound for each in found.triggers] == [(Bound("x"),)] * 3


def test_our_own_keys_are_never_handed_to_an_export(tmp_path: Path) -> None:
    folder = export(tmp_path, runtime="##INTERLOCK_API_KEY##")
    assert refused(folder, Keywords(environment={"INTERLOCK_API_KEY": "k"})).code == "keyword_unresolved"


def test_a_value_brings_no_further_keyword_in(tmp_path: Path) -> None:
    folder = export(tmp_path, runtime="##A##")
    found = auth0_files.read(folder, Keywords({"A": "##B##", "B": "never"}))
    assert found.actions[0].runtime == "##B##"


def test_the_marker_of_a_value_that_is_not_shown_is_no_value(tmp_path: Path) -> None:
    found = auth0_files.read(export(tmp_path, secrets=[{"name": "KEY", "value": "_VALUE_NOT_SHOWN_"}]))
    assert found.actions[0].secrets == (Secret("KEY"),)


def test_unknown_keys_and_other_resources_are_told(tmp_path: Path) -> None:
    folder = export(tmp_path, colour="red", secrets=[{"name": "KEY", "shade": 1}])
    (folder / "clients").mkdir()
    (folder / "clients" / "shop.json").write_text("{}")
    (folder / "clients" / "shop.html").write_text("")
    (folder / "hooks").mkdir()
    (folder / "tenant.json").write_text("{}")
    found = auth0_files.read(folder)
    assert {each.key for each in found.unknown} == {"colour", "shade"}
    assert [(each.kind, each.count) for each in found.unhandled] == [("clients", 1), ("tenant", 1)]


def test_no_secret_is_written_and_no_export_overwritten(tmp_path: Path) -> None:
    tenant = Exported((Action("a", "x", (TriggerVersion("post-login"),), secrets=(Secret("KEY", "hunter2"),)),))
    for form, path in ((DIRECTORY, tmp_path / "d"), (YAML, tmp_path / "y" / "tenant.yaml")):
        auth0_files.write(tenant, path, form)
        files = [file for file in tmp_path.rglob("*") if file.is_file()]
        assert files
        assert not any(b"hunter2" in file.read_bytes() for file in files)
        with pytest.raises(FileRefused) as caught:
            auth0_files.write(tenant, path, form)
        assert caught.value.code == "folder_taken"
        own = path if form == DIRECTORY else path.parent
        (own / "actions" / "mine.txt").write_text("kept")
        auth0_files.write(Exported(), path, form, replace=True)
        assert auth0_files.read(path) == Exported()
        assert (own / "actions" / "mine.txt").read_text() == "kept"
        (own / "triggers" / "triggers.json").unlink(missing_ok=True)


def test_nothing_is_written_through_a_link(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "export").mkdir()
    (tmp_path / "export" / "triggers").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(FileRefused) as caught:
        auth0_files.write(Exported(), tmp_path / "export", DIRECTORY, replace=True)
    assert caught.value.code == "file_unwritable"
    assert list((tmp_path / "elsewhere").iterdir()) == []
