from __future__ import annotations

import time

import pytest

from incidentbase.kit import html


def test_ordinary_markdown_becomes_html():
    source = (
        "One *two* **three** ~~four~~ `five`\n\n- a\n- b\n\n> quote\n\n"
        "3. c\n\n---\n\n```\nx < y\n```"
    )
    assert html.markdown_to_html(source) == (
        "<p>One <em>two</em> <strong>three</strong> <s>four</s> <code>five</code></p>\n"
        "<ul>\n<li>a</li>\n<li>b</li>\n</ul>\n"
        "<blockquote>\n<p>quote</p>\n</blockquote>\n"
        '<ol start="3">\n<li>c</li>\n</ol>\n<hr>\n'
        "<pre><code>x &lt; y\n</code></pre>\n"
    )


def test_tables_have_column_headers_and_no_inline_styles():
    result = html.markdown_to_html("| a | b |\n|:--|--:|\n| 1 | 2 |")
    assert '<th scope="col">a</th>' in result
    assert "<td>1</td>" in result
    assert "style" not in result


def test_headings_start_at_the_level_asked_for_without_gaps():
    source = "# A\n\n#### B\n\nC\n-"
    assert html.markdown_to_html(source) == "<h3>A</h3>\n<h5>B</h5>\n<h4>C</h4>\n"
    assert html.markdown_to_html("### A", top_heading=2) == "<h2>A</h2>\n"
    assert "<h6>E</h6>" in html.markdown_to_html("# A\n## B\n### C\n#### D\n##### E")


def test_links_to_other_sites_give_away_nothing():
    assert html.markdown_to_html("[a](https://b.example/?c=1&d=2 'title')") == (
        '<p><a href="https://b.example/?c=1&amp;d=2" rel="nofollow noopener noreferrer ugc">a</a>'
        "</p>\n"
    )
    assert 'rel="nofollow' in html.markdown_to_html("<https://b.example>")
    assert 'href="mailto:a@b.example"' in html.markdown_to_html("<a@b.example>")


@pytest.mark.parametrize("target", ["/cite/1/", "#part"])
def test_links_inside_the_site_are_plain(target):
    assert html.markdown_to_html(f"[a]({target})") == f'<p><a href="{target}">a</a></p>\n'


@pytest.mark.parametrize(
    "target",
    [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "java&#x09;script:alert(1)",
        "&#1;javascript:alert(1)",
        "vbscript:x",
        "data:text/html;base64,PHN2Zz4=",
        "file:///etc/passwd",
        "//evil.example",
        "https:evil.example",
        "relative/path",
        "",
    ],
)
def test_refused_links_leave_their_words(target):
    assert html.markdown_to_html(f"[a](<{target}>)") == "<p>a</p>\n"


def test_backslashes_in_links_cannot_lead_to_another_host():
    assert 'href="/%5Cevil.example"' in html.markdown_to_html("[a](</\\evil.example>)")


def test_bare_addresses_are_not_linked():
    assert html.markdown_to_html("see https://a.example") == "<p>see https://a.example</p>\n"


def test_pictures_become_their_words():
    assert html.markdown_to_html("![a < b](https://c.example/d.png)") == "<p>a &lt; b</p>\n"
    assert html.markdown_to_html("![](x.png)") == ""
    assert html.markdown_to_html("[![](x.png)](https://a.example)") == ""
    assert "<img" not in html.markdown_to_html('![" onerror="x](x.png)')


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "<svg/onload=alert(1)>",
        "a <b onclick=x>c</b>",
        "<iframe src='https://a.example'></iframe>",
        "<style>*{display:none}</style>",
        "<a href='javascript:x'>y</a>",
        '```"><script>x</script>\ny\n```',
    ],
)
def test_raw_html_is_shown_as_text_never_run(hostile):
    for result in (html.markdown_to_html(hostile), html.inline_markdown(hostile)):
        for tag in ("<script", "<img", "<svg", "<b ", "<iframe", "<style", "<a "):
            assert tag not in result


@pytest.mark.parametrize(
    "hostile",
    [
        "[" * 20000,
        "[a](" * 10000,
        "![" * 10000,
        "*_" * 10000,
        "> " * 20000,
        "<!--\n" * 10000,
        "|a" * 5000 + "\n" + "|-" * 5000 + "\n" + "|\n" * 5000,
        "[a]: b\n" * 5000,
    ],
)
def test_hostile_text_is_answered_quickly(hostile):
    started = time.perf_counter()
    html.markdown_to_html(hostile)
    assert time.perf_counter() - started < 5


def test_inline_markdown_makes_no_blocks():
    assert html.inline_markdown("*a* [b](/c) # d") == '<em>a</em> <a href="/c">b</a> # d'
    assert html.inline_markdown("# a") == "# a"
    assert html.inline_markdown("![a](b)") == "a"


def test_without_links_only_their_words_are_left():
    source = "[a **b**](https://x.example) <https://y.example> [c](/cite/1/)\n\n[d]\n\n[d]: https://z.example"
    result = html.markdown_to_html(source, links=False)
    assert result == "<p>a <strong>b</strong> https://y.example c</p>\n<p>d</p>\n"
