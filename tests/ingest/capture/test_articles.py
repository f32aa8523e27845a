"""Pages of a publisher on loopback, read as the submission form reads them."""

from __future__ import annotations

import time

import pytest

from incidentbase.ingest.capture import CaptureFailed, Note, Reason
from tests.ingest.capture.pages import PAGES, pdf
from tests.ingest.capture.publisher import AT

# Paragraphs that repeat are taken once, hence the second one.
PARAGRAPH = "<p>A paragraph about a machine that did what nobody had asked it to do at all.</p>"
STORY = PARAGRAPH + "<p>A spokesperson said that it would not do it again before Tuesday.</p>"


def page(body: str, head: str = "") -> str:
    return f"<!doctype html><html lang=en><head>{head}</head><body><article>{body}</article></body>"


@pytest.mark.parametrize("known", PAGES, ids=lambda known: known.name)
def test_every_field_of_a_page_is_read(publisher, known):
    article = publisher.read(known.publish(publisher))
    right = known.right(article, publisher.url)
    assert right == dict.fromkeys(right, True), article


def test_an_article_says_where_it_was_found_and_when(publisher):
    publisher.give("/new", page(STORY))
    publisher.give("/old", status=301, Location="/new#part")
    article = publisher.read("/old")
    assert article.url == f"{publisher.url}/old"
    assert article.canonical_url == f"{publisher.url}/new"
    assert article.source_domain == "127.0.0.1"
    assert article.content_type == "text/html"
    assert article.read_at == AT


def test_a_front_page_is_not_taken_for_the_address_of_an_article(publisher):
    publisher.give("/story", page(STORY, '<link rel="canonical" href="/">'))
    assert publisher.read("/story").canonical_url == f"{publisher.url}/story"


def test_plain_text_keeps_its_paragraphs_and_means_no_markdown(publisher):
    body = (
        "A headline\n\n# One *line* [x](https://a.example/) and more.\nTwo.\n\n- Three " + "x " * 30
    )
    publisher.give("/plain", body, "text/plain; charset=utf-8")
    article = publisher.read("/plain")
    assert article.title == "A headline"
    assert article.plain_text.startswith(
        "A headline\n\n# One *line* [x](https://a.example/) and more.\nTwo.\n\n- Three x"
    )
    assert Note.TITLE_GUESSED in article.notes


def test_a_long_text_is_cut_between_paragraphs_with_a_note(publisher):
    publisher.give("/long", page("".join(f"<p>{n} {PARAGRAPH[3:-4]}</p>" for n in range(900))))
    article = publisher.read("/long")
    assert 49_000 < len(article.text) <= 50_000
    assert article.text.endswith("at all.")
    assert Note.TEXT_CUT in article.notes


def test_a_long_pdf_is_read_as_far_as_text_is_kept(publisher):
    publisher.give("/long.pdf", pdf(["words " * 20] * 40, pages=40), "application/pdf")
    article = publisher.read("/long.pdf")
    assert Note.TEXT_CUT in article.notes
    assert len(article.text) <= 50_000


@pytest.mark.parametrize(
    ("content_type", "encoding"),
    [
        ("text/html; charset=euc-jp", "euc_jp"),
        ("text/html; charset=ISO-2022-JP", "iso2022_jp"),
        ("text/html; charset=utf-8", "cp932"),
        ("text/html; charset=unheard-of", "utf-8"),
        ("text/html; charset=zlib", "utf-8"),
        ("text/html", "utf-16"),
        ("text/html", "cp932"),
        ("application/octet-stream", "utf-8"),
        ("", "utf-8"),
    ],
)
def test_characters_are_read_whatever_is_declared(publisher, content_type, encoding):
    sentence = "自動運転バスが七つの停留所を続けて通過し、乗客が終点まで降りられなかった。"
    body = page(f"<h1>見出し</h1><p>{sentence * 3}</p><p>{sentence * 2}</p>")
    publisher.give("/page", body.encode(encoding), content_type)
    assert sentence in publisher.read("/page").text


def test_a_short_text_takes_the_language_of_its_page(publisher):
    publisher.give("/short", page("<p>Alors oui.</p>").replace("lang=en", "lang=fr-CA"))
    assert publisher.refusal("/short").found.language == "fr"


HOSTILE = """
<script>alert('one')</script><style>p { color: red }</style>
<p onclick="alert('two')">A first paragraph of a page that <b onmouseover=alert(3)>means</b>
no good to anyone.</p>
<p>See <a href="javascript:alert(4)">this</a>, <a href="data:text/html,x">that</a>,
<a href=" java&#10;script:alert(5)">those</a>, <a href="//user:word@bank.example/">these</a>
and <a href="https://good.example/a(b)">a good one</a>, all of them in one paragraph.</p>
<p>Written to look like markup: &lt;script&gt;alert(6)&lt;/script&gt;
&lt;img src=x onerror=alert(7)&gt; [words](javascript:alert(8))
![picture](https://spy.example/p.png) [a]: https://spy.example/ and &amp;lt;.</p>
<p>&#8238;desrever&#8236; and ze\u200bro wi\u2060dth and in\u200cvisible \U000e0041tags,
with more words after.</p>
<iframe src="https://spy.example/"></iframe><object data="x"></object>
<svg onload=alert(9)><text>drawn</text></svg>
<img src="https://spy.example/pixel.gif" alt="pixel">
<form action="https://spy.example/"><input value="name"></form>
<p>The last paragraph of a page that means no good, and it is as long as the first.</p>
"""


def test_a_hostile_page_becomes_words_and_one_link(publisher):
    from markdown_it import MarkdownIt

    from incidentbase.kit.html import markdown_to_html

    publisher.give("/hostile", page(HOSTILE, "<title>A\u202e \u200btitle</title>"))
    article = publisher.read("/hostile")
    tokens = MarkdownIt("commonmark", {"html": True}).parse(article.text)
    inner = [child for token in tokens for child in token.children or ()]
    links = [token.attrGet("href") for token in inner if token.type == "link_open"]
    assert links == ["https://good.example/a%28b%29"]
    assert {token.type for token in (*tokens, *inner)}.isdisjoint(
        {"image", "html_inline", "html_block"}
    )
    shown = markdown_to_html(article.text)
    assert "&lt;script&gt;alert(6)" in shown
    assert "<script" not in shown
    assert "alert('one')" not in article.text
    assert "color: red" not in article.text
    assert "zero width and invisible tags" in article.text
    assert "desrever" in article.text
    assert not set("\u202e\u202c\u200b\u2060\u200c") & set(article.text + article.title)


def test_joiners_stay_where_a_script_needs_them(publisher):
    persian = "می\u200cخواهم که این دستگاه دیگر تصمیم نگیرد و کسی آن را بازبینی کند. "
    publisher.give("/persian", page(f"<p>{persian * 4}</p>"))
    assert "می\u200cخواهم" in publisher.read("/persian").text


ENTITIES = '<!DOCTYPE html [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">' + "".join(
    f'<!ENTITY {two} "&{one};&{one};&{one};&{one};&{one};&{one};&{one};&{one};">'
    for one, two in zip("bcdefghi", "cdefghij", strict=True)
)
ENDS = {Reason.UNREADABLE, Reason.NOT_AN_ARTICLE}
SECRETS = '<!DOCTYPE html [<!ENTITY x SYSTEM "file:///etc/passwd">]>'


@pytest.mark.parametrize(
    "body",
    [
        pytest.param("<div>" * 200_000 + PARAGRAPH, id="nested divs"),
        pytest.param("<ul><li>" * 60_000 + PARAGRAPH, id="nested lists"),
        pytest.param("<table><tr><td>" * 60_000 + PARAGRAPH, id="nested tables"),
        pytest.param("<b>a</b>" * 1_000_000, id="a million tags", marks=pytest.mark.slow),
        pytest.param(
            f"<article {'a=1 ' * 9}>" + PARAGRAPH * 100_000, id="9 MB", marks=pytest.mark.slow
        ),
        pytest.param(
            "<body " + " ".join(f"a{n}=1" for n in range(150_000)) + ">" + PARAGRAPH,
            id="attributes",
            marks=pytest.mark.slow,
        ),
        pytest.param(
            '<script type="application/ld+json">' + "[" * 400_000 + "</script>" + STORY,
            id="nested JSON",
        ),
        pytest.param(ENTITIES + f"]><p>&j;</p>{STORY}", id="entity bomb"),
        pytest.param(SECRETS + f"<p>&x;</p>{STORY}", id="outside entity"),
    ],
)
def test_pages_made_to_exhaust_end_in_time(publisher, body):
    publisher.give("/bomb", body)
    started = time.monotonic()
    try:
        text = publisher.read("/bomb").text
    except CaptureFailed as failure:
        text = failure.reason
    assert time.monotonic() - started < 15
    assert len(text) <= 50_000
    assert text in ENDS or STORY[3:40] in text
    assert "root:" not in text
    assert "hahaha" not in text
