"""A run from its tape: the same output, console and error, though nobody outside is asked."""

import asyncio
import json
from typing import Any

import pytest

from interlock.sandbox import Limits, Operation, OperationFailed, Recorder, Replayed, Result, Sandbox, Tape

EVERYTHING = """
    const { randomUUID, generateKeyPairSync, sign, randomBytes } = require('crypto')
    const began = [Date.now(), Math.random()]
    module.exports = async (input) => {
      console.log('began', began, performance.now(), randomUUID())
      const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' })
      console.log(sign('sha256', Buffer.from('text'), pair.privateKey).toString('hex'))
      const rsa = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign'])
      console.log(Buffer.from(await crypto.subtle.exportKey('pkcs8', rsa.privateKey)).toString('hex'))
      const timers = [3, 1, 2].map((ms) => new Promise((done) => setTimeout(() => done([ms, Date.now()]), ms)))
      console.log(JSON.stringify(await Promise.race(timers)))
      await Promise.all(timers)
      try { require('zlib').inflateSync(Buffer.from('no')) } catch (error) { console.log(error.message) }
      return { began, input, random: [Math.random(), randomBytes(70000).length, randomUUID()], at: Date.now() }
    }
"""

COMPUTES = """
    const zlib = require('zlib')
    const { subtle } = crypto
    const through = (stream, ...parts) => new Promise((done, failed) => {
      const out = []
      stream.on('data', (part) => out.push(part)).on('end', () => done(Buffer.concat(out))).on('error', failed)
      for (const part of parts) stream.write(part)
      stream.end()
    })
    module.exports = async () => {
      const text = Buffer.from('one line and another\\n'.repeat(20000))
      const packed = await Promise.all([
        through(zlib.createGzip(), text, text), through(zlib.createBrotliCompress(), text, text),
        subtle.digest('SHA-256', text), new Promise((done) => zlib.deflate(text, (_, made) => done(made)))
      ])
      const sizes = packed.map((one) => one.byteLength)
      const broken = Buffer.concat([packed[0].subarray(0, 100), Buffer.alloc(50, 7)])
      const same = Buffer.alloc(50, 7)
      const bits = { name: 'PBKDF2', hash: 'SHA-256', salt: text.subarray(0, 16), iterations: 20000 }
      const secret = await subtle.importKey('raw', text.subarray(0, 32), 'PBKDF2', false, ['deriveBits'])
      const derived = await Promise.all([subtle.deriveBits(bits, secret, 256), subtle.deriveBits(bits, secret, 512)])
      console.log(derived.map((one) => Buffer.from(one).toString('hex')).join())
      const rsa = await subtle.generateKey({ name: 'RSA-PSS', modulusLength: 2048,
        publicExponent: new Uint8Array([1, 0, 1]), hash: 'SHA-256' }, true, ['sign', 'verify'])
      console.log((await subtle.exportKey('jwk', rsa.privateKey)).d)
      const errors = []
      for (let i = 0; i < 2; i++) {
        await through(zlib.createGunzip(), broken, same, same).catch((error) => errors.push(error.message))
      }
      const pair = await subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify'])
      const how = { name: 'ECDSA', hash: 'SHA-256' }
      const signed = await Promise.all([1, 2].map(() => subtle.sign(how, pair.privateKey, text)))
      console.log(signed.map((one) => Buffer.from(one).toString('hex')).join())
      return { sizes, errors, right: await subtle.verify(how, pair.publicKey, signed[1], text) }
    }
"""


async def _recorded(sandbox: Sandbox, source: str, **options: Any) -> tuple[Result, Tape]:
    image = await sandbox.load(source, limits=options.get("limits", Limits()))
    recorder = Recorder(lambda operation: operation.args)
    result = await sandbox.run(image, b'{"a":1}', recorder=recorder, **options)
    return result, Tape.from_json(json.loads(json.dumps(recorder.tape().to_json())))


async def _replayed(sandbox: Sandbox, source: str, tape: Tape, **options: Any) -> tuple[Result, Replayed]:
    limits = options.pop("limits", Limits())
    replayed = Replayed(tape, describe=lambda operation: operation.args, **options)
    image = await sandbox.load(source, limits=limits)
    return await sandbox.replay(image, b'{"a":1}', replayed, limits=limits), replayed


def _same(first: Result, second: Result) -> None:
    assert (first.output, first.error, first.logs) == (second.output, second.error, second.logs)


def test_a_replay_has_the_clock_the_random_numbers_and_the_keys_of_then(sandbox: Sandbox) -> None:
    async def check() -> None:
        first, tape = await _recorded(sandbox, EVERYTHING)
        assert first.error is None
        assert tape.whole
        again, replayed = await _replayed(sandbox, EVERYTHING, tape)
        _same(first, again)
        assert replayed.notes == []
        fresh, _ = await _recorded(sandbox, EVERYTHING)
        assert fresh.output["random"] != first.output["random"]

    asyncio.run(check())


TWO_TIMERS = """
    module.exports = async () => {
      await new Promise((done) => setTimeout(done, 1))
      await new Promise((done) => setTimeout(done, 2))
      return Date.now()
    }
"""


def test_other_code_ends_where_it_asks_for_something_else(sandbox: Sandbox) -> None:
    async def check() -> None:
        _, tape = await _recorded(sandbox, TWO_TIMERS)
        result, _ = await _replayed(sandbox, TWO_TIMERS.replace("done, 2", "done, 5"), tape)
        assert result.error is not None
        assert result.error.code == "replay_diverged"
        assert result.error.message == (
            'the replay asks for timer {"ms": 5}, where the recorded run asked for timer {"ms": 2}'
        )

    asyncio.run(check())


def test_code_that_asks_for_less_is_told_so(sandbox: Sandbox) -> None:
    async def check() -> None:
        _, tape = await _recorded(sandbox, TWO_TIMERS)
        shorter = TWO_TIMERS.replace("await new Promise((done) => setTimeout(done, 2))", "")
        result, replayed = await _replayed(sandbox, shorter, tape)
        assert result.error is None
        assert replayed.notes == ["1 recorded host operations were not asked for, timer first"]

    asyncio.run(check())


def test_edited_code_may_ask_in_another_order_and_set_timers_of_its_own(sandbox: Sandbox) -> None:
    async def check() -> None:
        _, tape = await _recorded(sandbox, TWO_TIMERS)
        edited = """
            const wait = (ms) => new Promise((done) => setTimeout(() => done(Date.now()), ms))
            module.exports = async () => [await wait(2), await wait(1), await wait(60000), await wait(5)]
        """
        result, _ = await _replayed(sandbox, edited, tape, edited=True)
        assert result.error is None
        assert result.output == sorted(result.output)
        assert result.output[2] - result.output[1] >= 59_000

    asyncio.run(check())


def test_a_run_whose_time_was_over_ends_so_again(sandbox: Sandbox) -> None:
    async def check() -> None:
        source = "module.exports = () => new Promise((done) => setTimeout(done, 10000))"
        limits = Limits(wall_ms=40)
        first, tape = await _recorded(sandbox, source, limits=limits)
        assert first.error is not None
        assert first.error.code == "wall_limit"
        again, _ = await _replayed(sandbox, source, tape, limits=limits)
        _same(first, again)

    asyncio.run(check())


def test_a_long_run_goes_on_without_a_tape(sandbox: Sandbox) -> None:
    async def check() -> None:
        source = "module.exports = () => { for (let i = 0; i < 20; i++) crypto.getRandomValues(new Uint8Array(65536)) }"
        first, tape = await _recorded(sandbox, source)
        assert first.error is None
        assert not tape.whole
        assert tape.entropy == ()

    asyncio.run(check())


@pytest.mark.parametrize("value", [None, {}, {"clocks": [1], "entropy": [1]}, {"clocks": None}])
def test_what_is_no_tape_is_refused(value: Any) -> None:
    with pytest.raises(ValueError, match=r"no tape|argument"):
        Tape.from_json(value)


def test_a_failed_operation_fails_again(sandbox: Sandbox) -> None:
    async def refuses(operation: Operation) -> Any:
        raise OperationFailed("no_such_host", f"nobody has the name {len(operation.args)}")

    async def check() -> None:
        source = """
            module.exports = async () => {
              try { await require('dns').promises.lookup('example.test') } catch (error) { return String(error) }
            }
        """
        first, tape = await _recorded(sandbox, source, perform=refuses)
        assert "ECONNRESET" in first.output
        again, _ = await _replayed(sandbox, source, tape)
        _same(first, again)
        other, _ = await _replayed(sandbox, source.replace("example.test", "example.org"), tape, edited=True)
        assert other.error is not None
        assert "nobody knows the answer" in other.error.message

    asyncio.run(check())


def test_computations_of_every_kind_are_made_again_and_those_by_chance_are_as_then(sandbox: Sandbox) -> None:
    async def check() -> None:
        first, tape = await _recorded(sandbox, COMPUTES)
        assert first.error is None, first.error
        assert first.output["right"]
        assert len(first.output["errors"]) == 2
        assert {one.kind for one in tape.asked} >= {"compute"}
        # What follows from what was asked is not kept: none of the long answers are there.
        assert sum(len(one.answer) for one in tape.drawn) < 4_000
        again, replayed = await _replayed(sandbox, COMPUTES, tape)
        _same(first, again)
        assert replayed.notes == []
        # With other code around them signatures are found by what was signed, not by their number.
        edited = COMPUTES.replace("const errors = []", "const errors = []; await subtle.digest('SHA-1', text)")
        other, _ = await _replayed(sandbox, edited, tape, edited=True)
        assert (other.error, other.logs, other.output) == (None, first.logs, first.output)

    asyncio.run(check())


def test_a_recording_names_computations(sandbox: Sandbox) -> None:
    async def check() -> None:
        source = """module.exports = async () => {
          await new Promise((done) => require('crypto').pbkdf2('password', 'salt', 20000, 32, 'sha256', done))
        }"""
        _, tape = await _recorded(sandbox, source)
        assert [(one.kind, set(one.shown)) for one in tape.asked] == [("compute", {"name"})]
        assert all(isinstance(one.shown["name"], str) for one in tape.asked)

    asyncio.run(check())
