from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock.worker.egress import urls
from interlock.worker.errors import UrlRejected

BASE = urls.parse("https://api.example.com:8443/a/b?c")


@pytest.mark.parametrize(
    ("text", "spelling"),
    [
        ("https://api.example.com", "https://api.example.com/"),
        ("HTTPS://API.example.com.:443/A?b=C#d", "https://api.example.com/A?b=C"),
        ("http://api.example.com:443/", "http://api.example.com:443/"),
        ("http://api.example.com:/", "http://api.example.com/"),
        ("http://[2001:DB8::1]:8080/", "http://[2001:db8::1]:8080/"),
        ("http://192.0.2.1?q=\\@", "http://192.0.2.1/?q=\\@"),
        ("https://a.example/@b:c/../d", "https://a.example/@b:c/../d"),
    ],
)
def test_a_url_is_read(text: str, spelling: str) -> None:
    assert str(urls.parse(text)) == spelling
    assert urls.parse(spelling) == urls.parse(text)


@pytest.mark.parametrize(
    ("location", "spelling"),
    [
        ("/x", "https://api.example.com:8443/x"),
        ("x", "https://api.example.com:8443/a/x"),
        ("?y", "https://api.example.com:8443/a/b?y"),
        ("", "https://api.example.com:8443/a/b?c"),
        ("//other.example/x", "https://other.example/x"),
        ("http://other.example:80/x#y", "http://other.example/x"),
        ("/a b/é?q=a b", "https://api.example.com:8443/a%20b/%C3%A9?q=a%20b"),
        (" /x\t", "https://api.example.com:8443/x"),
        ("/%2f?u=https://x//y", "https://api.example.com:8443/%2f?u=https://x//y"),
    ],
)
def test_a_redirect_leads_somewhere(location: str, spelling: str) -> None:
    assert str(urls.follow(BASE, location)) == spelling


@pytest.mark.parametrize(
    "location",
    [
        "javascript:1",
        "file:///etc/passwd",
        "//a@b/",
        "\\\\b/",
        "/\\b",
        "http://é/",
        "a\r\nb",
        "///b",
        "https:///b",
        "https:b",
    ],
)
def test_a_redirect_that_can_be_read_in_two_ways_is_refused(location: str) -> None:
    with pytest.raises(UrlRejected):
        urls.follow(BASE, location)


def test_a_url_with_a_password_is_refused_with_what_to_do_instead() -> None:
    with pytest.raises(UrlRejected, match="Authorization header"):
        urls.parse("https://user:password@api.example.com/")


@pytest.mark.parametrize("port", sorted(urls.BAD_PORTS))
def test_fetch_asks_no_port_of_another_protocol(port: int) -> None:
    with pytest.raises(UrlRejected):
        urls.parse(f"http://a.example:{port}/")


URLS = st.text(max_size=60) | st.builds(
    "{}{}{}".format,
    st.sampled_from(["http://", "https://", "HTTP:", "http:/", "//", "ftp://", ""]),
    st.text("ab.:@[]\\/?#%019 \t\n。", max_size=20),
    st.text("ab/?#\\@: %", max_size=10),
)


@given(URLS)
def test_what_is_accepted_has_one_host_for_every_reader(text: str) -> None:
    try:
        url = urls.parse(text)
    except UrlRejected:
        return
    assert urls.parse(str(url)) == url
    other = urlsplit(text)
    assert (other.hostname or "").removesuffix(".") == url.host.removesuffix(".") or ":" in url.host
    assert (other.port or urls.DEFAULT_PORTS[url.scheme]) == url.port
    assert url.target.startswith("/")
    assert url.target.isascii()


@given(URLS)
def test_a_redirect_leads_to_a_url_or_is_refused(location: str) -> None:
    try:
        url = urls.follow(BASE, location)
    except UrlRejected:
        return
    assert urls.parse(str(url)) == url
