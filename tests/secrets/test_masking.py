import base64
import itertools
import json
from urllib.parse import quote, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock.secrets import JSON, MASK, Masker, ValueNotMaskable

# The mask's own character is left out: a text could otherwise spell a secret out of masks.
letters = st.characters(exclude_characters="*", exclude_categories=["Cs"])
secret_values = st.text(letters, min_size=4, max_size=20)
json_values: st.SearchStrategy[JSON] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda children: st.lists(children, max_size=4) | st.dictionaries(st.text(), children, max_size=4),
    max_leaves=12,
)


def test_a_secret_disappears_from_text() -> None:
    assert Masker(["hunter22"]).text("login with hunter22 and hunter22!") == "login with *** and ***!"


def test_values_of_three_characters_or_fewer_stay_readable() -> None:
    assert Masker(["abc", ""]).text("abc is short") == "abc is short"


def test_the_longer_secret_goes_first_so_that_no_rest_of_it_stays() -> None:
    assert Masker(["abcd", "abcdefgh"]).text("key=abcdefgh") == "key=***"


def test_a_secret_is_hidden_in_keys_and_values_at_any_depth() -> None:
    value: dict[str, JSON] = {"a": ["x hunter22", {"hunter22": {"deep": "hunter22"}}], "n": 1, "t": True, "z": None}
    masked = Masker(["hunter22"]).json(value)
    assert masked == {"a": ["x ***", {"***": {"deep": "***"}}], "n": 1, "t": True, "z": None}
    assert value["a"] == ["x hunter22", {"hunter22": {"deep": "hunter22"}}]


def test_keys_that_become_equal_keep_all_their_values() -> None:
    assert Masker(["aaaa", "bbbb"]).json({"aaaa": 1, "bbbb": 2, "x": 3}) == {"***": 1, "*** (2)": 2, "x": 3}


def test_a_secret_with_quotes_and_line_breaks_is_hidden_where_it_was_printed_as_json() -> None:
    key = '-----BEGIN KEY-----\nab"c\\d é\n-----END KEY-----'
    masker = Masker([key])
    assert masker.text(json.dumps({"key": key})) == '{"key": "***"}'
    assert masker.text(json.dumps({"key": key}, ensure_ascii=False)) == '{"key": "***"}'


def test_a_key_file_is_hidden_where_the_console_breaks_it_into_its_lines() -> None:
    key = "-----BEGIN KEY-----\nMIIEvQIBADANBgkqhkiG9w0\n-----END KEY-----\n"
    shown = "{\n  KEY: '-----BEGIN KEY-----\\n' +\n    'MIIEvQIBADANBgkqhkiG9w0\\n' +\n    '-----END KEY-----\\n'\n}"
    assert Masker([key]).text(shown) == "{\n  KEY: '***\\n' +\n    '***\\n' +\n    '***\\n'\n}"


@pytest.mark.parametrize("shown", ["'a\\nb\"c'", '"a\\nb\\"c"', '`a\\nb"c`'])
def test_a_secret_is_hidden_in_every_kind_of_quotes(shown: str) -> None:
    assert Masker(['a\nb"c']).text(shown)[1:-1] == "***"


def test_a_secret_with_single_quotes_is_hidden_where_they_are_escaped() -> None:
    assert Masker(['it\'s "so"']).text("'it\\'s \"so\"'") == "'***'"


def test_a_secret_is_hidden_where_it_stands_in_a_url() -> None:
    secret = "p@ss word/1?"
    masker = Masker([secret])
    assert masker.text("https://x.example/?" + urlencode({"t": secret})) == "https://x.example/?t=***"
    assert masker.text("https://x.example/" + quote(secret)) == "https://x.example/***"


@pytest.mark.parametrize("value", ["hunter22\n", "  hunter22", "\thunter22\r\n"])
def test_white_space_around_a_secret_may_be_trimmed_away(value: str) -> None:
    assert Masker([value]).text("key=hunter22;") == "key=***;"


def test_a_key_whose_line_ends_are_written_out_is_hidden_where_code_made_real_ones_of_them() -> None:
    account = '{"private_key": "-----BEGIN KEY-----\\nMIIEvQIBADANBgkqhkiG9w0\\n-----END KEY-----\\n"}'
    key = json.loads(account)["private_key"]
    assert Masker([account]).text(f"loaded {key}") == ("loaded -----BEGIN KEY-----\n***\n***\n")


def test_a_secret_is_hidden_in_json_inside_json() -> None:
    secret = 'a"b\\c\n\x1b'
    assert Masker([secret]).text(json.dumps({"body": json.dumps({"k": secret})})) == json.dumps(
        {"body": json.dumps({"k": "***"})}
    )


def test_the_beginning_of_a_secret_is_hidden_where_a_long_text_was_cut_off() -> None:
    masker, long = Masker(["correct-horse-battery-staple"]), "x" * 8_200
    assert masker.text(f"{long}correct-hors") == f"{long}***"
    assert masker.text(f"{long}correct-hors\n    at f (a.js:1:1)") == f"{long}***\n    at f (a.js:1:1)"
    assert masker.text(f"'{long}{long}correct-ho'... 18 more characters }}") == (
        f"'{long}{long}***'... 18 more characters }}"
    )
    assert masker.json([f"{long}correct-hors"]) == [f"{long}***"]
    assert masker.text("this is correct-hors") == "this is correct-hors"


def test_thousands_of_keys_that_become_equal_take_no_time_to_tell_apart() -> None:
    keys = ["".join(pair) for pair in itertools.product(["aaaa", "bbbb"], repeat=14)]
    masked = Masker(["aaaa", "bbbb"]).json(dict.fromkeys(keys, 1))
    assert isinstance(masked, dict)
    assert len(masked) == len(keys)
    assert f"{MASK * 14} ({len(keys)})" in masked


@given(st.lists(secret_values, min_size=1, max_size=3), st.lists(st.text(letters)))
def test_many_texts_are_masked_as_each_alone(values: list[str], texts: list[str]) -> None:
    masker = Masker(values)
    hidden = [text + value for text in texts for value in values]
    assert masker.texts(hidden) == [masker.text(text) for text in hidden]


@pytest.mark.parametrize("user", ["", "a", "ab", "abc", "someone:"])
def test_a_secret_is_hidden_inside_a_basic_authorization_header(user: str) -> None:
    secret = "correct-horse-battery"
    header = base64.b64encode(f"{user}{secret}!".encode()).decode()
    masked = Masker([secret]).text(f"Basic {header}")
    assert MASK in masked
    # At most the digits that the secret shares with its neighbours are left of it.
    assert len(masked) <= len("Basic ") + len(base64.b64encode(user.encode())) + len(MASK) + 5


def test_a_number_that_is_a_secret_is_hidden() -> None:
    assert Masker(["123456"]).json({"pin": 123456, "other": 1234567}) == {"pin": "***", "other": 1234567}


def test_a_value_that_is_not_text_is_refused_without_being_shown() -> None:
    with pytest.raises(ValueNotMaskable) as raised:
        Masker([987654321])  # type: ignore[list-item]
    assert raised.value.code == "secret_not_text"
    assert "987654321" not in str(raised.value)


def test_a_lone_surrogate_is_masked_like_any_other_text() -> None:
    assert Masker(["ab\ud800cd"]).text("x ab\ud800cd") == "x ***"


def test_a_masker_shows_no_value_of_its_own() -> None:
    assert "hunter22" not in repr(Masker(["hunter22"]))


@given(st.lists(secret_values, max_size=4), st.text(letters), st.data())
def test_no_secret_survives_in_text(values: list[str], text: str, data: st.DataObject) -> None:
    for value in values:
        at = data.draw(st.integers(0, len(text)))
        text = text[:at] + value + text[at:]
    masked = Masker(values).text(text)
    assert not [value for value in values if value in masked]


@given(st.lists(secret_values, min_size=1, max_size=3), json_values)
def test_no_secret_survives_in_json_and_the_shape_stays(values: list[str], value: JSON) -> None:
    hidden: dict[str, JSON] = {values[0]: value, "list": [values[-1], value]}
    masked = Masker(values).json(hidden)
    assert isinstance(masked, dict)
    assert len(masked) == len(hidden)
    assert not [secret for secret in values if secret in "\n".join(_strings(masked))]


@given(json_values)
def test_without_secrets_nothing_changes(value: JSON) -> None:
    assert Masker([]).json(value) == value


def _strings(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [text for key, item in value.items() for text in [key, *_strings(item)]]
    if isinstance(value, list):
        return [text for item in value for text in _strings(item)]
    return []
