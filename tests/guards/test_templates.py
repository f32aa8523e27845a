"""Templates: nothing inline that the content security policy refuses, every string marked."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

from tests.guards import tree

SPOKEN = {"alt", "title", "placeholder", "aria-label", "aria-description", "label", "summary"}
UNSPOKEN = {"script", "style"}
DATA_SCRIPTS = {"application/ld+json", "application/json"}
WORD = re.compile(r"[^\W\d_]{2,}")

# text in a template -> why it is the same in every language
SAME_EVERYWHERE: dict[str, str] = {}

_MARKED = re.compile(
    r"{#.*?#}"
    r"|{%\s*comment\b.*?%}.*?{%\s*endcomment\s*%}"
    r"|{%\s*blocktrans(?:late)?\b.*?%}.*?{%\s*endblocktrans(?:late)?\s*%}"
    r"|{%.*?%}"
    r"|{{.*?}}",
    re.DOTALL,
)


def bare(template: str) -> str:
    """Return the template without tags, variables and marked text, lines kept in place."""
    template = re.sub(r"(</?){{.*?}}", r"\1x", template)  # <{{ heading }} class="…">
    return _MARKED.sub(lambda found: "\n" * found[0].count("\n"), template)


def _is_specimen(tag: str, values: dict[str, str | None]) -> bool:
    return tag != "html" and bool((values.get("lang") or "").strip())


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.unmarked: list[str] = []
        self.inline: list[str] = []
        self._silent = False
        self._specimen: list[str] = []

    def handle_starttag(self, tag, attrs):
        self._silent = tag in UNSPOKEN
        values = dict(attrs)
        # Text in an element that names its own language is a specimen, not interface.
        if self._specimen[:1] == [tag] or (not self._specimen and _is_specimen(tag, values)):
            self._specimen.append(tag)
        for name, value in attrs:
            if name in SPOKEN:
                self._say(value or "")
            if name == "style" or name.startswith(("on", "hx-on")):
                self._refuse(name)
            if (value or "").strip().lower().startswith("javascript:"):
                self._refuse(f"{name}=javascript:")
        if tag == "style":
            self._refuse("<style>")
        if tag == "script" and "src" not in values and values.get("type") not in DATA_SCRIPTS:
            self._refuse("<script>")

    def handle_endtag(self, tag):
        self._silent = False
        if self._specimen[:1] == [tag]:
            self._specimen.pop()

    def handle_data(self, data):
        if not self._silent and not self._specimen:
            self._say(data)

    def _say(self, text: str) -> None:
        said = " ".join(text.split())
        if WORD.search(said):
            self.unmarked.append(said)

    def _refuse(self, what: str) -> None:
        self.inline.append(f"line {self.getpos()[0]}: {what}")


def read(template: str) -> _Reader:
    """Return what a template says unmarked and what it holds inline."""
    reader = _Reader()
    reader.feed(bare(template))
    reader.close()
    return reader


def test_templates_hold_no_inline_style_script_or_handler():
    found = {
        tree.inside(path): inline
        for path in tree.templates()
        if (inline := read(path.read_text(encoding="utf-8")).inline)
    }
    assert found == {}


def test_every_string_of_a_template_is_marked_for_translation():
    unmarked = {
        (tree.inside(path), text)
        for path in tree.templates()
        for text in read(path.read_text(encoding="utf-8")).unmarked
    }
    assert sorted(hit for hit in unmarked if hit[1] not in SAME_EVERYWHERE) == []
    assert set(SAME_EVERYWHERE) <= {text for _, text in unmarked}, "stale in SAME_EVERYWHERE"


@pytest.mark.parametrize(
    ("template", "unmarked"),
    [
        ("<p>Read on</p>", ["Read on"]),
        ("<p>{% translate 'Read on' %} · 3</p>", []),
        ("<p>{% blocktranslate trimmed %}Read on{% endblocktranslate %}</p>", []),
        ('<img alt="A picture">', ["A picture"]),
        ('<img alt="{% translate "A picture" %}">', []),
        ("<a {% if now %}aria-current='page'{% endif %}>{{ title }}</a>", []),
        ("<{{ heading }} class='title'>{{ title }}</{{ heading }}>", []),
        ("<div><p lang='ja'>記録<b>文</b></p><p>Read on</p></div>", ["Read on"]),
        ("<p lang='{{ language }}'>Read on</p>", ["Read on"]),
        ("{# a note #}<script type='application/ld+json'>{{ data }}</script>", []),
    ],
)
def test_the_check_tells_marked_from_unmarked(template, unmarked):
    assert read(template).unmarked == unmarked


@pytest.mark.parametrize(
    "template",
    [
        "<p style='color: red'></p>",
        "<style>p {}</style>",
        "<script>go()</script>",
        "<button onclick='go()'></button>",
        "<a href='javascript:go()'></a>",
        "<div hx-on:click='go()'></div>",
    ],
)
def test_the_check_sees_what_is_inline(template):
    assert read(template).inline
