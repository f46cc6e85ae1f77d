"""What may be passed to `api`: taken once, at the call, and refused in words that say what would be right."""

from collections.abc import Callable
from typing import Any

import pytest

from interlock.worker import commands, simulated_event, triggers
from interlock.worker.errors import InvalidCommand

Refusal = Callable[..., tuple[str, str]]


def actor_chain(levels: int) -> dict[str, Any]:
    return {"sub": "a", "act": actor_chain(levels - 1)} if levels > 1 else {"sub": "a"}


# Trigger, method, arguments, and how the message goes on after "METHOD: parameter ".
BEYOND_LIMITS = [
    (
        "post-login",
        "api.accessToken.setCustomClaim",
        ["scope", "a"],
        '"key" must not be "scope": use api.accessToken.addScope',
    ),
    ("post-login", "api.idToken.setCustomClaim", ["scope", "a"], '"key" must not be "scope"'),
    ("post-login", "api.idToken.setCustomClaim", ["", 1], '"key" must not be empty'),
    (
        "post-login",
        "api.idToken.setCustomClaim",
        ["a", "\u00e9" * 51_200],
        '"value" is longer than 102400 bytes of JSON',
    ),
    ("post-login", "api.accessToken.addScope", ["read: all"], '"scope" must not contain white space'),
    ("post-login", "api.accessToken.addScope", ["x" * 281], '"scope" has more than 280 characters'),
    ("post-login", "api.accessToken.removeScope", [""], '"scope" must not be empty'),
    (
        "credentials-exchange",
        "api.transaction.setTargetScopes",
        [["ok", "not ok"]],
        '"scopes[1]" must not contain white space',
    ),
    (
        "credentials-exchange",
        "api.access.deny",
        ["no", "x"],
        '"code" must be one of "invalid_scope", "invalid_request", ',
    ),
    ("post-login", "api.authentication.setPrimaryUser", ["x" * 129], '"primary_user_id" has more than 128 characters'),
    (
        "post-login",
        "api.prompt.render",
        ["f", {"vars": {"x": "x" * 24_576}}],
        '"promptOptions" is longer than 24576 bytes',
    ),
    ("post-login", "api.redirect.sendUserTo", ["/next"], '"url" must be an absolute URL that begins with https://'),
    ("post-login", "api.redirect.sendUserTo", ["javascript:alert(1)"], '"url" must be an absolute URL'),
    ("post-login", "api.redirect.sendUserTo", ["https://a b"], '"url" must be an absolute URL'),
    ("post-login", "api.redirect.sendUserTo", ["https://a/\x00"], '"url" must be an absolute URL'),
    ("post-login", "api.redirect.sendUserTo", ["https://a/\x85"], '"url" must be an absolute URL'),
    ("post-login", "api.redirect.sendUserTo", ["https://"], '"url" must be an absolute URL'),
    ("post-login", "api.redirect.encodeToken", [{"secret": "", "payload": {}}], '"options.secret" must not be empty'),
    (
        "post-login",
        "api.redirect.encodeToken",
        [{"secret": "s", "payload": []}],
        '"options.payload" must be an object, not an array',
    ),
    ("post-login", "api.validation.error", ["x" * 101, "m"], '"errorCode" has more than 100 characters'),
    ("post-login", "api.validation.error", ["c", "x" * 101], '"errorMessage" has more than 100 characters'),
    (
        "post-login",
        "api.session.setMetadata",
        ["no spaces", "v"],
        '"key" must be 1 to 255 characters out of a-z, A-Z, 0-9, _ and -',
    ),
    ("post-login", "api.session.setMetadata", ["k", "x" * 256], '"value" has more than 255 characters'),
    (
        "post-login",
        "api.session.setCookieMode",
        ["forever"],
        '"mode" must be one of "persistent", "non-persistent", not "forever"',
    ),
    ("post-login", "api.session.setExpiresAt", [None], '"absolute" must be a finite number, not null'),
    ("post-login", "api.transaction.setMetadata", ["x" * 65, 1], '"key" has more than 64 characters'),
    ("post-login", "api.transaction.setMetadata", ["k", "x" * 8_193], '"value" has more than 8192 bytes'),
    ("post-login", "api.transaction.setMetadata", ["k", 2**53], '"value" is too large to be kept exactly'),
    ("post-login", "api.samlResponse.setAttribute", ["x" * 1_025, 1], '"attribute" has more than 1024 bytes'),
    ("post-login", "api.samlResponse.setAttribute", ["a", ["x" * 2_049]], '"value[0]" has more than 2048 characters'),
    (
        "post-login",
        "api.samlResponse.setAttribute",
        ["a", [[1]]],
        '"value" must be a string, a number, a boolean, null or an array',
    ),
    ("post-login", "api.samlResponse.setDigestAlgorithm", ["md5"], '"digestAlgorithm" must be one of "sha256", "sha1"'),
    ("post-login", "api.authentication.challengeWith", [{"type": "smoke"}], '"factor.type" must be one of "otp", '),
    ("post-login", "api.authentication.challengeWithAny", [[]], '"factors" must not be empty'),
    ("post-login", "api.authentication.challengeWithAny", [[{}]], '"factors[].type" is missing'),
    (
        "post-login",
        "api.multifactor.enable",
        ["duo", {"providerOptions": {"host": "h"}}],
        '"options.providerOptions.ikey" is missing',
    ),
    ("post-login", "api.groups.getUserGroups", [{"take": 0}], '"params.take" must be at least 1'),
    (
        "custom-token-exchange",
        "api.authentication.setActor",
        [{"sub": ""}],
        '"actor.sub" must be a string that is not empty',
    ),
    (
        "custom-token-exchange",
        "api.authentication.setActor",
        [{"sub": "a", "act": {"x": 1}}],
        '"actor.act.sub" is missing',
    ),
    (
        "custom-token-exchange",
        "api.authentication.setActor",
        [actor_chain(6)],
        '"actor.act.act.act.act.act" is nested deeper than 5 levels',
    ),
    (
        "custom-token-exchange",
        "api.authentication.setActor",
        [{"sub": "1", "a": 1, "b": 1, "c": 1, "d": 1, "e": 1, "f": 1}],
        '"actor.f" is one more than 5 properties beside sub and act',
    ),
    (
        "custom-token-exchange",
        "api.authentication.setActor",
        [{"sub": "1", "a": "x" * 65}],
        '"actor.a" has more than 64 characters',
    ),
]


@pytest.mark.parametrize(("trigger", "method", "args", "problem"), BEYOND_LIMITS)
def test_what_goes_beyond_a_limit_is_refused_at_the_call_and_again_when_it_is_forged(
    refusal: Refusal, trigger: str, method: str, args: list[Any], problem: str
) -> None:
    event = {**simulated_event(triggers.BUILT_IN.get(trigger)), "args": args}
    code, message = refusal(f"{method}(...event.args)", trigger, event=event)
    assert code == "invalid_argument"
    assert message.startswith(f"{method}: parameter {problem}")
    situation = commands.Situation(handler="onExecutePostLogin", event=event)
    with pytest.raises(InvalidCommand):
        commands.validate([{"method": method, "args": args}], triggers.BUILT_IN.get(trigger), situation)


@pytest.mark.parametrize(
    ("trigger", "call"),
    [
        ("credentials-exchange", "api.accessToken.setCustomClaim('scope', 'a')"),
        ("post-login", "api.idToken.setCustomClaim('sub', 'reserved names are the reducer\\'s to leave out')"),
        ("post-login", f"api.validation.error('{'x' * 100}', '\U0001f600'.repeat(100))"),
        ("post-login", f"api.samlResponse.setRelayState('{'x' * 4096}')"),
        ("post-login", "api.session.setMetadata('k', null)"),
        ("post-login", "api.transaction.setMetadata('k', 0.1)"),
        ("post-login", "api.samlResponse.setDigestAlgorithm('sha1')"),
        ("post-login", "api.authentication.challengeWith({type: 'phone', options: {preferredMethod: 'sms'}})"),
        ("post-login", "api.redirect.sendUserTo('HTTPS://example.com', {query: {a: null, b: [1]}})"),
        ("post-login", "api.user.setUserMetadata('deep', JSON.parse('['.repeat(99) + ']'.repeat(99)))"),
    ],
)
def test_what_is_within_the_limits_is_taken_by_guest_and_host(
    run_body: Callable[..., Any], trigger: str, call: str
) -> None:
    ran = run_body(call, trigger)
    assert ran.error is None, ran.error
    situation = commands.Situation(event=simulated_event(triggers.BUILT_IN.get(trigger)))
    assert len(commands.validate(ran.commands, triggers.BUILT_IN.get(trigger), situation)) == 1


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ("10n", "cannot be written as JSON: it holds a cycle or a BigInt"),
        ("{a: 10n}", "cannot be written as JSON"),
        ("(() => { const a = {}; a.a = a; return a })()", "cannot be written as JSON"),
        ("{ get a() { throw 1 } }", "cannot be written as JSON"),
        ("{ toJSON() { throw 1 } }", "cannot be written as JSON"),
        ("{ toJSON() {} }", "must be something JSON has, not an object"),
        ("() => 1", "must be something JSON has, not a function"),
        ("Symbol('a')", "must be something JSON has, not a symbol"),
        ("'\\ud83d'", "holds half of a character"),
        ("{'\\ud83d': 1}", "holds half of a character"),
        ("new Proxy({}, { ownKeys() { throw 1 } })", "cannot be written as JSON"),
    ],
)
def test_what_json_cannot_carry_is_refused_naming_method_and_parameter(
    refusal: Refusal, value: str, problem: str
) -> None:
    code, message = refusal(f"api.user.setUserMetadata('key', {value})")
    assert code == "invalid_argument"
    assert message.startswith(f'api.user.setUserMetadata: parameter "value" {problem}')


@pytest.mark.parametrize(
    ("value", "recorded"),
    [
        ("new Date(0)", "1970-01-01T00:00:00.000Z"),
        ("{ a: undefined, b() {}, c: [undefined, () => 1], d: NaN }", {"c": [None, None], "d": None}),
        ("NaN", None),
        ("'\\\\ud83d'", "\\ud83d"),
        ("'\U0001f600'", "\U0001f600"),
        ("new Map([[1, 2]])", {}),
        ("JSON.parse('{\"__proto__\": 1}')", {"__proto__": 1}),
    ],
)
def test_other_values_become_what_json_makes_of_them(run_body: Callable[..., Any], value: str, recorded: Any) -> None:
    assert run_body(f"api.user.setUserMetadata('key', {value})").calls == [
        ("api.user.setUserMetadata", ["key", recorded])
    ]


def test_arguments_are_taken_at_the_call_not_later(run_body: Callable[..., Any]) -> None:
    ran = run_body(
        "const roles = ['a']; api.idToken.setCustomClaim('roles', roles); roles.push('b'); await null; roles.push('c')"
    )
    assert ran.calls == [("api.idToken.setCustomClaim", ["roles", ["a"]])]


def test_an_argument_is_read_once_so_that_what_is_checked_is_what_is_recorded(run_body: Callable[..., Any]) -> None:
    ran = run_body(
        "let n = 0; api.multifactor.enable('any', { get allowRememberBrowser() { return n++ ? 'forged' : true } })"
    )
    assert ran.calls == [("api.multifactor.enable", ["any", {"allowRememberBrowser": True}])]


def test_a_call_out_of_a_getter_is_recorded_too_and_disturbs_nothing(run_body: Callable[..., Any]) -> None:
    ran = run_body(
        "api.user.setUserMetadata('outer', { get inner() { api.user.setAppMetadata('inner', [1]); return 'kept' } })"
    )
    assert ran.calls == [
        ("api.user.setAppMetadata", ["inner", [1]]),
        ("api.user.setUserMetadata", ["outer", {"inner": "kept"}]),
    ]


def test_undefined_is_a_missing_argument(run_body: Callable[..., Any], refusal: Refusal) -> None:
    ran = run_body(
        "api.idToken.setCustomClaim('a', undefined); api.cache.set('a', 'b', undefined); api.user.setAppMetadata('a')"
    )
    assert [args for _, args in ran.calls] == [["a"], ["a", "b"], ["a"]]
    assert refusal("api.access.deny(undefined)")[1] == 'api.access.deny: parameter "reason" is missing'
    assert (
        refusal("api.validation.error(undefined, 'x')")[1] == 'api.validation.error: parameter "errorCode" is missing'
    )


def test_further_arguments_are_ignored_as_javascript_does(run_body: Callable[..., Any]) -> None:
    assert run_body("['a', 'b'].forEach(api.accessToken.addScope)").calls == [
        ("api.accessToken.addScope", ["a"]),
        ("api.accessToken.addScope", ["b"]),
    ]


def test_scopes_are_recorded_without_the_white_space_around_them(run_body: Callable[..., Any]) -> None:
    assert run_body("api.accessToken.addScope('\\u00a0 read:all\\n')").calls == [
        ("api.accessToken.addScope", ["read:all"])
    ]
    ran = run_body("api.transaction.setTargetScopes([' a', 'b '])", "credentials-exchange")
    assert ran.calls == [("api.transaction.setTargetScopes", [["a", "b"]])]


@pytest.mark.parametrize(
    ("call", "limit"),
    [
        ("api.accessToken.addScope('s' + i)", 1000),
        ("api.accessToken.removeScope('s' + i)", 2000),
        ("api.samlResponse.setAttribute('a', i)", 100),
        ("api.authentication.setPrimaryUser('u')", 1),
        ("api.prompt.render('p')", 1),
    ],
)
def test_a_call_too_many_is_refused_and_what_was_recorded_stays(
    run_body: Callable[..., Any], call: str, limit: int
) -> None:
    ran = run_body(f"for (let i = 0; i <= {limit}; i++) {call}")
    assert ran.error.code == "call_not_allowed"
    assert ran.error.message.endswith(
        f"was called more than {'once' if limit == 1 else f'{limit} times'} in one execution"
    )
    assert len(ran.commands) == limit


HOSTILE = """
    const evil = () => { throw new Error('stolen') };
    for (const target of [Object.prototype, Array.prototype, String.prototype, Function.prototype, Number.prototype,
                          Map.prototype, Promise.prototype, RegExp.prototype, Uint8Array.prototype]) {
      for (const key of Object.getOwnPropertyNames(target)) {
        if (key === '__proto__' || key === 'constructor' || key === 'length' || key === 'prototype') continue;
        try { Object.defineProperty(target, key, { get: evil, set: evil, configurable: true }) } catch {}
      }
    }
    for (const key of ['0', '1', '2', 'trim', 'rule', 'counters', 'optional', 'nullable', 'ttl', 'from', 'take',
                       'query', 'fields', 'each', 'choices', 'method', 'args', 'behaviour', 'cache', 'lookups']) {
      Object.defineProperty(Object.prototype, key, { get: evil, set: evil });
    }
    Object.prototype.toJSON = Array.prototype.toJSON = () => undefined;
    JSON.stringify = JSON.parse = Object.keys = Object.hasOwn = Object.defineProperty = evil;
    Reflect.apply = Array.isArray = Array.from = evil;
    globalThis.Object = globalThis.Array = globalThis.JSON = globalThis.Error = globalThis.TypeError = evil;
"""


@pytest.mark.parametrize("where", ["top level", "handler"])
def test_an_action_that_ruins_every_prototype_gets_its_primitive_calls_recorded(
    run_module: Callable[..., Any], where: str
) -> None:
    calls = (
        "api.accessToken.setCustomClaim('tier', 'gold'); api.accessToken.addScope(' a ');"
        "api.session.setMetadata('k', 'v');"
        "api.cache.set('a', 'b'); api.cache.get('a'); api.transaction.setMetadata('k', 1); api.redirect.canRedirect();"
        "let failed = false; try { api.access.deny(1) } catch { failed = true } if (failed) api.access.deny('no');"
    )
    top, inside = (HOSTILE, "") if where == "top level" else ("", HOSTILE)
    ran = run_module(f"exports.onExecutePostLogin = (event, api) => {{ {inside} {calls} }};\n{top}")
    assert ran.error is None, ran.error
    assert ran.calls == [
        ("api.accessToken.setCustomClaim", ["tier", "gold"]),
        ("api.accessToken.addScope", ["a"]),
        ("api.session.setMetadata", ["k", "v"]),
        ("api.cache.set", ["a", "b"]),
        ("api.cache.get", ["a"]),
        ("api.transaction.setMetadata", ["k", 1]),
        ("api.redirect.canRedirect", []),
        ("api.access.deny", ["no"]),
    ]
    assert ran.cache["a"]["value"] == "b"


def test_an_array_tojson_cannot_break_the_output(run_body: Callable[..., Any]) -> None:
    ran = run_body(
        "Array.prototype.toJSON = () => undefined; api.transaction.setTargetScopes({ toJSON: () => 'x' })",
        "credentials-exchange",
    )
    assert ran.error.code == "invalid_argument"
    ran = run_body("Array.prototype.toJSON = () => '\"}],'; api.access.deny('server_error')", "credentials-exchange")
    assert ran.calls == [("api.access.deny", ["server_error"])]


def test_replacing_the_method_behind_template_literals_changes_nothing(run_body: Callable[..., Any]) -> None:
    """The engine makes each of them a call of String.prototype.concat: replaced, it would write our output."""
    ran = run_body(
        "try { String.prototype.concat = () => '{}' } catch {}"
        "try { Object.defineProperty(String.prototype, 'concat', { get: () => () => '{}' }) } catch {}"
        "api.cache.set('k', 'v'); api.access.deny(`a${1}`)"
    )
    assert ran.error is None
    assert ran.calls == [("api.cache.set", ["k", "v"]), ("api.access.deny", ["a1"])]
    assert ran.cache["k"]["value"] == "v"
