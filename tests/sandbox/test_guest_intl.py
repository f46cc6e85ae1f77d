"""`Intl` in English, as far as it goes: lists and plurals, as Node words them."""

from typing import Any

import pytest


@pytest.mark.parametrize(
    ("options", "three", "two"),
    [
        ("{}", "a, b, and c", "a and b"),
        ("{style: 'short'}", "a, b, & c", "a & b"),
        ("{style: 'narrow'}", "a, b, c", "a, b"),
        ("{type: 'disjunction'}", "a, b, or c", "a or b"),
        ("{type: 'unit'}", "a, b, c", "a, b"),
        ("{type: 'unit', style: 'narrow'}", "a b c", "a b"),
    ],
)
def test_a_list_reads_as_in_node(value_of: Any, options: str, three: str, two: str) -> None:
    lists = "[['a', 'b', 'c'], ['a', 'b'], ['a'], []]"
    script = f"(f => {lists}.map(l => f.format(l)))(new Intl.ListFormat('en', {options}))"
    assert value_of(script) == [three, two, "a", ""]


def test_numbers_have_their_plural_and_their_ordinal(value_of: Any) -> None:
    assert value_of("[0, 1, 2, -1].map(n => new Intl.PluralRules('en').select(n))") == ["other", "one", "other", "one"]
    ordinal = "[1, 2, 3, 4, 11, 12, 13, 21, 102, 113].map(n => new Intl.PluralRules('en', {type: 'ordinal'}).select(n))"
    assert value_of(ordinal) == "one two few other other other other one two other".split()


def test_every_other_locale_is_answered_in_english_and_says_so(value_of: Any) -> None:
    assert value_of("new Intl.ListFormat('de-AT').resolvedOptions().locale") == "en-US"
    assert value_of("Intl.ListFormat.supportedLocalesOf(['de', 'EN-us', 'en'])") == ["en-US", "en"]
    assert value_of("Intl.getCanonicalLocales(['EN-latn-us', 'de', 'de'])") == ["en-Latn-US", "de"]


@pytest.mark.parametrize(
    ("script", "name"),
    [
        ("new Intl.ListFormat('!')", "RangeError"),
        ("new Intl.ListFormat('en', {type: 'x'})", "RangeError"),
        ("new Intl.ListFormat('en').format([1])", "TypeError"),
        ("Intl.ListFormat()", "TypeError"),
        ("new Intl.PluralRules('en', {type: 'x'})", "RangeError"),
    ],
)
def test_what_is_wrong_throws_as_in_node(value_of: Any, script: str, name: str) -> None:
    assert value_of(f"(() => {{ try {{ {script}; return 'nothing' }} catch (e) {{ return e.name }} }})()") == name


def test_what_is_not_there_can_be_looked_for(value_of: Any) -> None:
    assert value_of("[typeof Intl.DateTimeFormat, typeof Intl.NumberFormat, String(Intl)]") == [
        "undefined",
        "undefined",
        "[object Intl]",
    ]
