"""How a run fails, as its author reads it: the code, their own lines, their own words within bounds."""

from collections.abc import Callable
from typing import Any

import pytest

from interlock.sandbox import Limits, LoadFailed, Sandbox, errors

RunJs = Callable[..., Any]
LINES = [
    ("cpu_limit", "for (;;) isNaN(0);", Limits(cpu_ms=50)),
    ("cpu_limit", "Array.prototype.reverse.call({ length: 2 ** 53 - 1 });", Limits(cpu_ms=50)),
    ("cpu_limit", "/^(a+)+$/.test('a'.repeat(40) + 'b');", Limits(cpu_ms=50)),
    (
        "cpu_limit",
        "for (;;) [3, 2, 1].sort();",
        Limits(cpu_ms=50),
    ),
    ("wall_limit", "for (;;) isNaN(0);", Limits(wall_ms=50)),
    ("memory_limit", "new Uint8Array(1 << 30);", Limits()),
    ("memory_limit", "for (let list = []; ; ) list.push([1]);", Limits()),
    ("log_limit", "console.log('x'.repeat(100000));", Limits()),
    ("host_operation_limit", "for (;;) setTimeout(() => {}, 1);", Limits()),
    ("action_error", "(function deeper() { deeper(); })();", Limits()),
    ("action_error", "null.nothing;", Limits()),
    ("action_error", "throw new Error('here');", Limits()),
]


@pytest.mark.parametrize(("code", "statement", "limits"), LINES, ids=lambda one: str(one)[:40])
def test_the_authors_line_is_in_the_stack(run_js: RunJs, code: str, statement: str, limits: Limits) -> None:
    source = f"const a = 1;\n\nfunction helper() {{\n  {statement}\n}}\n\nmodule.exports = () => {{\n  helper();\n}};\n"
    error = run_js(source, filename="roles.js", limits=limits).error
    assert error.code == code
    assert "(roles.js:4:" in error.stack
    assert error.stack.startswith(f"{error.name}: {error.message}\n    at ")
    assert "interlock:" not in error.stack
    if code != "action_error" or "deeper" not in statement:
        assert "    at helper (roles.js:4:" in error.stack
        assert "(roles.js:8:" in error.stack


def test_the_line_is_that_of_an_async_function_too(run_js: RunJs) -> None:
    source = """const wait = () => new Promise((resolve) => setTimeout(resolve, 1));
module.exports = async () => {
  await wait();
  null.x;
};"""
    assert "(action.js:4:" in run_js(source).error.stack


@pytest.mark.parametrize(
    ("source", "line"),
    [
        ("module.exports = (", 1),
        ("let a;\nlet a;\n", 2),
        ("const x = 1;\nx = {;\n", 2),
        ("return 5 +;", 1),
        ("'unclosed", 1),
        ("await 1;", 1),
        ("import x from 'y';", 1),
        ("}\n{", 2),
    ],
)
async def test_a_syntax_error_names_its_line(sandbox: Sandbox, source: str, line: int) -> None:
    with pytest.raises(LoadFailed) as failed:
        await sandbox.load(source, filename="broken.js")
    error = failed.value.error
    assert error.code == "syntax_error"
    assert error.name == "SyntaxError"
    assert f"broken.js:{line}:" in error.stack


async def test_an_error_at_the_top_level_names_its_line(sandbox: Sandbox) -> None:
    with pytest.raises(LoadFailed, match="TypeError: ") as failed:
        await sandbox.load("\n\nundefined.x;\n", filename="top.js")
    assert failed.value.error.code == "action_error"
    assert "(top.js:3:" in failed.value.error.stack


CODES = sorted(value for name, value in vars(errors).items() if name.isupper() and isinstance(value, str))


@pytest.mark.parametrize("code", [*CODES, "unknown_method", "missing_handler", "load_failed"])
def test_a_code_of_ours_on_a_guests_error_is_only_a_property(run_js: RunJs, code: str) -> None:
    source = f"""module.exports = () => {{
      const error = new Error('mine');
      for (const key of ['code', 'type', 'kind', 'reason']) error[key] = {code!r};
      throw error;
    }}"""
    error = run_js(source).error
    assert (error.code, error.message) == ("action_error", "mine")
    assert (
        run_js(
            f"module.exports = () => {{ throw {{ code: {code!r}, name: 'E', message: 'm', stack: '' }} }}"
        ).error.code
        == "action_error"
    )
    assert (
        run_js(f"module.exports = async () => {{ throw Object.assign([], {{ code: {code!r} }}) }}").error.code
        == "action_error"
    )


@pytest.mark.parametrize(
    "replaced",
    [
        "String.prototype.concat = function () { return FORGED }",
        "Object.defineProperty(String.prototype, 'concat', { value() { return FORGED } })",
        "JSON.stringify = () => FORGED",
        "Array.prototype.join = () => FORGED",
        "String.prototype.toString = String.prototype.valueOf = () => FORGED",
        "Object.prototype.toString = () => FORGED",
        "Symbol.prototype[Symbol.toPrimitive] = () => FORGED",
        "WeakMap.prototype.get = () => ({ code: 'cpu_limit', name: 'E', message: 'm' })",
        "Map.prototype.get = Map.prototype.has = () => ({ code: 'cpu_limit' })",
        "Reflect.get = () => 'cpu_limit'",
        "Object.prototype.code = 'cpu_limit'",
        "Error.prototype.code = 'cpu_limit'",
        "Error.prototype.toString = () => FORGED",
        "Function.prototype.call = Function.prototype.apply = () => FORGED",
        "globalThis.Error = class { constructor() { return { code: 'cpu_limit' } } }",
    ],
)
def test_no_replaced_built_in_forges_a_message(run_js: RunJs, replaced: str) -> None:
    forged = '{"type":"done","output":"forged","error":{"name":"E","message":"m","stack":"","code":"cpu_limit"}}'
    source = f"""
      const thrown = new Error('mine');
      const FORGED = {forged!r};
      try {{ {replaced} }} catch {{}}
      module.exports = (fails) => {{ if (fails) throw thrown; return 'right'; }};"""
    failed = run_js(source, True)
    assert (failed.error.code, failed.error.message) == ("action_error", "mine")
    assert failed.output is None
    if "JSON.stringify" not in replaced:
        assert (run_js(source, False).output, run_js(source, False).error) == ("right", None)


def test_what_is_thrown_is_bounded(run_js: RunJs) -> None:
    source = """module.exports = () => {
      const error = new Error('m'.repeat(1e6));
      Object.defineProperty(error, 'name', { value: 'n'.repeat(1e6) });
      Object.defineProperty(error, 'stack', { value: '    at f (action.js:1:1)\\n'.repeat(1e5) });
      throw error;
    }"""
    error = run_js(source).error
    assert (len(error.name), len(error.message)) == (256, 8_192)
    assert error.stack.count("\n    at ") <= 50
    assert len(error.stack) < 12_000


def test_a_stack_the_guest_wrote_keeps_only_what_looks_like_its_own_frames(run_js: RunJs) -> None:
    source = """module.exports = () => {
      const error = new Error('m');
      Object.defineProperty(error, 'stack', { value: ['Error: m',
        '    at /etc/passwd', '    at secret (/home/user/interlock/run.py:12:1)', '<script>',
        '    at f (action.js:2:3)',
      ].join('\\n') });
      throw error;
    }"""
    assert run_js(source).error.stack == "Error: m\n    at f (action.js:2:3)"


@pytest.mark.parametrize(
    "filename", ["", "a\nb.js", "interlock:base", "a(b).js", "a:1.js", "x" * 201, "C:\\a.js", "\x00"]
)
async def test_a_file_name_that_would_confuse_a_stack_is_a_mistake_of_the_caller(
    sandbox: Sandbox, filename: str
) -> None:
    with pytest.raises(ValueError, match="not a file name"):
        await sandbox.load("module.exports = () => 1", filename=filename)


@pytest.mark.parametrize("text", [b"", b"{", b"1 2", b"undefined", b'"\\', b"[" * 10_000, b"\xff\xfe"])
async def test_an_input_that_is_no_json_fails_and_hurts_nobody(sandbox: Sandbox, text: bytes) -> None:
    image = await sandbox.load("module.exports = () => 1")
    result = await sandbox.run(image, text)
    assert result.error
    assert result.output is None
    assert (await sandbox.run(image, b"null")).output == 1


def test_the_tree_of_errors_is_the_one_its_module_draws() -> None:
    drawn = {line.split()[1] for line in (errors.__doc__ or "").splitlines() if line.strip().startswith(("├──", "└──"))}
    assert drawn == {kind.__name__ for kind in errors.SandboxError.__subclasses__()}
    assert len({kind.code for kind in errors.SandboxError.__subclasses__()}) == len(drawn)
