from __future__ import annotations

import pytest

from incidentbase.kit import urls


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Amazon.com, Inc.", "amazon.com-inc."),
        ("Être & Co", "etre-and-co"),
        ("C++ Group", "c++-group"),
        ("People's Republic", "people's-republic"),
        ("People’s Republic", "people's-republic"),
        ("Twitter/X", "twitterx"),
        ("$100 (test)!", "dollar100-(test)!"),
        ("  a  -  b -", "a-b"),
        ("e\u0301cole", "ecole"),
        ("Łódź ÆØ Straße", "lodz-aeo-strasse"),
        ("Москва", "moskva"),
        ("トヨタ Toyota", "toyota"),
        ("A|B < 50%", "aorb-less-50percent"),
        ("Acme™; #1?", "acmetm-1"),
    ],
)
def test_entity_slug_follows_the_reference(name, slug):
    assert urls.entity_slug(name) == slug


@pytest.mark.parametrize("name", ["日本", "한국", "", "-", "???", "()"])
def test_entity_slug_makes_an_id_when_the_name_vanishes(name):
    slug = urls.entity_slug(name)
    assert slug.startswith("entity-")
    assert len(slug) == len("entity-") + 12
    assert slug == urls.entity_slug(name)


def test_entity_slug_tells_vanishing_names_apart():
    assert urls.entity_slug("日本") != urls.entity_slug("東京")


@pytest.mark.parametrize(
    ("url", "domain"),
    [
        ("https://www.Example.com/a", "example.com"),
        ("https://m.example.com", "example.com"),
        ("https://www.m.example.com:8080/", "example.com"),
        ("https://news.example.co.uk./x", "news.example.co.uk"),
        ("https://www.com/", "www.com"),
        ("https://m.st/", "m.st"),
        ("https://user:pw@example.com/", "example.com"),
        ("https://日本.example/", "xn--wgv71a.example"),
        ("not an address", ""),
        ("https://[::1", ""),
        ("", ""),
    ],
)
def test_source_domain_is_the_host_without_www(url, domain):
    assert urls.source_domain(url) == domain


def test_archive_url_lists_all_copies_and_stays_one_address():
    url = 'https://a.example/b?c=1&d="x" y#part'
    assert urls.archive_url(url) == (
        "https://web.archive.org/web/*/https://a.example/b?c=1&d=%22x%22%20y"
    )


@pytest.mark.parametrize(
    "url",
    ["https://a.example", "http://a.example:8080/b?c#d", "https://日本.example/", "http://[::1]/"],
)
def test_is_web_url_accepts(url):
    assert urls.is_web_url(url)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "javascript:alert(1)",
        "data:text/html,x",
        "ftp://a.example/",
        "//a.example",
        "/path",
        "https:///path",
        "https://user:pw@a.example/",
        "https://user@a.example/",
        "https://a.example\\@b.example/",
        "https://a.example/\x00",
        "https://a.example/a b",
        "https://a.example\n/",
        "https://a.example:port/",
        "https://a.example:99999/",
        "https://[::1/",
        "https://a<b>.example/",
        "https://\u200b\ud800.example/",
    ],
)
def test_is_web_url_refuses(url):
    assert not urls.is_web_url(url)


@pytest.mark.parametrize(
    ("url", "key"),
    [
        ("https://Example.com/Path/?q=1#f", "example.com/Path/"),
        ("http://example.com", "example.com/"),
        ("https://example.com:443/a", "example.com/a"),
        ("http://example.com:80/a", "example.com/a"),
        ("http://example.com:443/a", "example.com:443/a"),
        ("https://user:pw@example.com/a", "example.com/a"),
        ("  https://example.com/a\n", "example.com/a"),
        ("https://exa\tmple.com/a", "example.com/a"),
        ("https:\\\\example.com\\a\\b?c\\d", "example.com/a/b"),
        ("https://example.com/a/../b/./c", "example.com/b/c"),
        ("https://example.com/a/%2E%2e/b/..", "example.com/"),
        ("https://example.com/..", "example.com/"),
        ("https://example.com/ü b", "example.com/%C3%BC%20b"),
        ("https://example.com/%c3%bc", "example.com/%c3%bc"),
        ("https://日本.example/x", "xn--wgv71a.example/x"),
        ("https://example.com?x=/y", "example.com/"),
        ("mailto:someone@example.com", ""),
        ("example.com/a", ""),
        ("https://", ""),
        ("https://exa mple.com/", ""),
        ("https://example.com:x/", ""),
        ("", ""),
    ],
)
def test_match_key_is_host_and_path(url, key):
    assert urls.match_key(url) == key


@pytest.mark.parametrize("target", ["/", "/cite/1/", "/ja/apps/discover?s=a%20b#c", "/a//b"])
def test_safe_path_keeps_paths_of_this_site(target):
    assert urls.safe_path(target, default="/home/") == target


@pytest.mark.parametrize(
    "target",
    [
        "",
        "cite/1",
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/\t/evil.example",
        "/a\r\nSet-Cookie: b",
        " /a",
        "https://evil.example/",
        "javascript:alert(1)",
    ],
)
def test_safe_path_refuses_everything_else(target):
    assert urls.safe_path(target, default="/home/") == "/home/"
