"""node:fs is an empty, read-only disk: reading answers in Node's words, writing is refused with what to do instead."""

from typing import Any

import pytest

READS = [
    "fs.readFileSync('/nothing/here')",
    "fs.statSync('/nothing')",
    "fs.lstatSync('/nothing')",
    "fs.readdirSync('/nothing')",
    "fs.accessSync('/nothing')",
    "fs.realpathSync('/nothing')",
    "fs.readlinkSync('/nothing')",
    "fs.openSync('/nothing', 'r')",
    "fs.rmSync('/nothing')",
    "fs.unlinkSync('/nothing')",
    "fs.renameSync('/nothing', '/other')",
    "fs.promises.readFile('/nothing')",
    "fs.promises.stat('/nothing')",
    "require('fs/promises').access('/nothing')",
    "util.promisify(fs.readFile)('/nothing', 'utf8')",
    "util.promisify(fs.stat)('/nothing')",
    "new Promise((a, b) => fs.createReadStream('/nothing').on('error', b).resume())",
    "fs.readFileSync(5.5)",
    "fs.readFileSync({})",
    "fs.readFileSync('a\\0b')",
    "fs.closeSync(99999)",
    "fs.fstatSync(99999)",
]


@pytest.mark.parametrize("expression", READS)
def test_what_is_not_there_is_missed_as_in_node(same: Any, expression: str) -> None:
    if "5.5" in expression or "{}" in expression:
        same(
            "const fs = require('fs'); const [name, code] = await caught(() => "
            f"{expression}); return [name, /^ERR_(?:INVALID_ARG_TYPE|OUT_OF_RANGE)$/.test(code)]"
        )
        return
    same(f"const fs = require('fs'), util = require('util'); return await caught(() => {expression})")


def test_an_error_has_nodes_fields(same: Any) -> None:
    same(
        "try { require('fs').readFileSync('/nothing') } catch (e) { return [e.errno, e.syscall, e.code, e.path, "
        "Object.keys(e), e instanceof Error] }"
    )


def test_asking_whether_there_is_something(same: Any) -> None:
    same(
        "const fs = require('fs'); return [fs.existsSync('/nothing'), fs.existsSync('/'), fs.existsSync(), "
        "fs.statSync('/nothing', { throwIfNoEntry: false }) === undefined, fs.statSync('/').isDirectory(), "
        "await new Promise((d) => fs.exists('/nothing', d))]"
    )


WRITES = [
    "fs.writeFileSync('/a', 'x')",
    "fs.appendFileSync('/a', 'x')",
    "fs.mkdirSync('/a/b', { recursive: true })",
    "fs.mkdtempSync('/tmp/x-')",
    "fs.openSync('/a', 'w')",
    "fs.openSync('/a', 0o101)",
    "fs.symlinkSync('/a', '/b')",
    "fs.chmodSync('/a', 0o777)",
    "fs.promises.writeFile('/a', 'x')",
    "fs.promises.mkdir('/a')",
    "require('util').promisify(fs.writeFile)('/a', 'x')",
    "new Promise((a, b) => fs.createWriteStream('/a').on('error', b))",
]


@pytest.mark.parametrize("expression", WRITES)
def test_a_write_is_refused_and_says_what_to_do(guest: Any, expression: str) -> None:
    name, code, message = guest(f"const fs = require('fs'); return await caught(() => {expression})")
    assert (name, code) == ("Error", "EROFS")
    assert message.startswith("EROFS: read-only file system, ")
    assert message.endswith("(an action has no files to write: keep data in api.cache, or send it to a service)")


def test_the_root_folder_is_empty(guest: Any) -> None:
    assert guest(
        "const fs = require('fs'); const d = []; for await (const e of fs.opendirSync('/')) d.push(e); "
        "return [fs.readdirSync('/'), await fs.promises.readdir('/'), d]"
    ) == [[], [], []]


def test_a_callback_is_needed_and_called_later(same: Any) -> None:
    same(
        "const fs = require('fs'); const out = []; await new Promise((d) => { fs.readFile('/nothing', (e) => { "
        "out.push(e.code); d() }); out.push('first') }); return [out, await caught(() => fs.readFile('/x'))]"
    )


def test_the_numbers_are_nodes(same: Any) -> None:
    same("const c = require('fs').constants; return [c.O_CREAT, c.S_IFMT, c.R_OK, c.COPYFILE_EXCL, require('fs').F_OK]")


def test_no_file_of_the_host_can_be_seen(guest: Any) -> None:
    paths = ["/etc/passwd", "/proc/self/environ", "../../etc/passwd", "file:///etc/passwd", "/dev/urandom", "."]
    for path in paths:
        code = guest(f"return (await caught(() => require('fs').readFileSync({path!r})))[1]")
        assert code in {"ENOENT", "EISDIR"}, path
