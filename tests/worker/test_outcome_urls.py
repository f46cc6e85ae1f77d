from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock.worker.reducers import urls

words = st.text("abcé &=?#+%/", min_size=1, max_size=6)


@pytest.mark.parametrize(
    ("url", "query", "merged"),
    [
        ("https://x.example", None, "https://x.example"),
        ("https://x.example/?a=1", {}, "https://x.example/?a=1"),
        ("https://x.example", {"a": "1"}, "https://x.example?a=1"),
        ("https://x.example/p", {"a": "1", "b": "2"}, "https://x.example/p?a=1&b=2"),
        ("https://x.example/p?a=old&b=2", {"a": "new"}, "https://x.example/p?b=2&a=new"),
        ("https://x.example/p?a=1&a=2#top", {"a": "3"}, "https://x.example/p?a=3#top"),
        ("https://x.example/p#top?a=1", {"b": "2"}, "https://x.example/p?b=2#top?a=1"),
        ("https://x.example/?a%20b=1", {"a b": "2"}, "https://x.example/?a%20b=2"),
        ("https://x.example/?keep=%7e+x&flag", {"n": "1"}, "https://x.example/?keep=%7e+x&flag&n=1"),
        ("https://x.example/", {"q": "a&b=c d/é"}, "https://x.example/?q=a%26b%3Dc%20d%2F%C3%A9"),
        ("https://x.example/", {"n": 1, "f": 1.0, "h": 0.5, "t": True}, "https://x.example/?n=1&f=1&h=0.5&t=true"),
        ("https://x.example/", {"n": 1e300}, "https://x.example/?n=1e%2B300"),
        ("https://x.example/?gone=1", {"gone": None}, "https://x.example/"),
        ("https://x.example/", {"id": ["a", "b"]}, "https://x.example/?id=a&id=b"),
        ("https://x.example/", {"o": {"k": [1]}}, "https://x.example/?o=%7B%22k%22%3A%5B1%5D%7D"),
        ("https://x.example/", {"s": "\ud800"}, "https://x.example/?s=%EF%BF%BD"),
    ],
)
def test_a_query_is_merged_into_a_url(url: str, query: Any, merged: str) -> None:
    assert urls.with_query(url, query) == merged


@given(st.dictionaries(words, words, min_size=1, max_size=4), st.dictionaries(words, words, max_size=4))
def test_a_server_reads_back_exactly_what_was_meant(query: dict[str, Any], own: dict[str, Any]) -> None:
    url = urls.with_query("https://x.example/p", own)
    read = parse_qsl(urlsplit(urls.with_query(f"{url}#f", query)).query, keep_blank_values=True)
    assert dict(read) == {**own, **query}
    assert len(read) == len({**own, **query})


@given(st.dictionaries(words, words, min_size=1, max_size=4))
def test_merging_the_same_query_again_changes_nothing(query: dict[str, Any]) -> None:
    once = urls.with_query("https://x.example/?keep=1#f", query)
    assert urls.with_query(once, query) == once
