"""Markdown from outside as safe HTML: the only place that turns text of others into markup.

Written twice on purpose: the parser makes no raw HTML, and nh3 then keeps only what is listed here.
Pictures are not shown (they would be fetched from the sites reported about); their words are.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

import nh3
from markdown_it import MarkdownIt
from markdown_it.common.utils import escapeHtml
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import OptionsDict

TOP_HEADING = 3
LOWEST_HEADING = 6
OUTSIDE_LINK = "nofollow noopener noreferrer ugc"

INLINE_TAGS = {"a", "br", "code", "em", "s", "strong"}
TAGS = INLINE_TAGS | {
    "blockquote", "h2", "h3", "h4", "h5", "h6", "hr", "li", "ol", "p", "pre",
    "table", "tbody", "td", "th", "thead", "tr", "ul",
}  # fmt: skip
ATTRIBUTES = {"a": {"href", "rel"}, "ol": {"start"}, "th": {"scope"}}
SCHEMES = {"http", "https", "mailto"}

_OUTSIDE = re.compile(r"https?://[^/\s\\]|mailto:[^\s]", re.IGNORECASE)
_INSIDE = re.compile(r"/(?![/\\])|#")


def _render_image(
    renderer: RendererHTML,
    tokens: Sequence[Token],
    index: int,
    options: OptionsDict,
    env: dict[str, Any],
) -> str:
    words = renderer.renderInlineAsText(tokens[index].children or [], options, env)
    return escapeHtml(words)


def _make_parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
    # Every address is parsed, so that a refused link leaves its words and not its Markdown.
    parser.validateLink = lambda url: True  # type: ignore[method-assign]
    parser.add_render_rule("image", _render_image)
    return parser


_parser = _make_parser()
_cleaner = nh3.Cleaner(tags=TAGS, attributes=ATTRIBUTES, url_schemes=SCHEMES, link_rel=None)
_inline_cleaner = nh3.Cleaner(
    tags=INLINE_TAGS, attributes=ATTRIBUTES, url_schemes=SCHEMES, link_rel=None
)


def markdown_to_html(text: str, *, top_heading: int = TOP_HEADING, links: bool = True) -> str:
    """Return Markdown as safe HTML whose highest heading has the given level.

    Without links, only their words are left.
    """
    env: dict[str, Any] = {}
    tokens = _parser.parse(_without_comments(text), env)
    _set_headings(tokens, top_heading)
    for token in tokens:
        _set_attributes(token, links=links)
    rendered = _parser.renderer.render(tokens, _parser.options, env)
    # What a paragraph of one nameless picture leaves behind.
    return _cleaner.clean(rendered.replace("<p></p>\n", ""))


def _without_comments(text: str) -> str:
    """Return the text without HTML comments, which would show, as no raw HTML is taken."""
    parts, at = [], 0
    while (start := text.find("<!--", at)) >= 0 and (end := text.find("-->", start)) >= 0:
        parts.append(text[at:start])
        at = end + len("-->")
    return "".join((*parts, text[at:]))


def inline_markdown(text: str) -> str:
    """Return Markdown of one line as safe HTML without blocks, for values inside other text."""
    env: dict[str, Any] = {}
    tokens = _parser.parseInline(text, env)
    for token in tokens:
        _set_attributes(token)
    return _inline_cleaner.clean(_parser.renderer.render(tokens, _parser.options, env))


def _set_headings(tokens: Iterable[Token], top: int) -> None:
    """Give headings the levels from `top` on, without gaps, which screen readers announce."""
    headings = [token for token in tokens if token.type in ("heading_open", "heading_close")]
    levels = sorted({token.tag for token in headings})
    for token in headings:
        token.tag = f"h{min(top + levels.index(token.tag), LOWEST_HEADING)}"


def _set_attributes(token: Token, *, links: bool = True) -> None:
    if token.type == "th_open":
        token.attrs = {"scope": "col"}
    if token.children:
        token.children = _with_allowed_links(token.children, any_links=links)


def _with_allowed_links(tokens: list[Token], *, any_links: bool) -> list[Token]:
    """Return the tokens without links that are refused or that have no words."""
    kept: list[Token] = []
    is_linked = False
    for index, token in enumerate(tokens):
        if token.type == "link_open":
            is_linked = any_links and _allow_link(token) and _has_words(tokens[index + 1 :])
        if token.type not in ("link_open", "link_close") or is_linked:
            kept.append(token)
    return kept


def _allow_link(token: Token) -> bool:
    href = str(token.attrGet("href") or "")
    if _INSIDE.match(href):
        token.attrs = {"href": href}
        return True
    token.attrs = {"href": href, "rel": OUTSIDE_LINK}
    return _OUTSIDE.match(href) is not None


def _has_words(tokens: Iterable[Token]) -> bool:
    for token in tokens:
        if token.type == "link_close":
            return False
        if token.content.strip():
            return True
    return False
