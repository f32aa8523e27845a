"""Text as readers see it: Markdown taken away, excerpts, and the direction of a language.

Plain text is what is searched, quoted in feeds and measured. Tables stay as written, because
their cells mean nothing without their neighbors; pictures and links become their words.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterable

from markdown_it import MarkdownIt
from markdown_it.token import Token

ELLIPSIS = "…"
RIGHT_TO_LEFT = frozenset(
    {"ar", "arc", "ckb", "dv", "fa", "he", "iw", "ku", "ps", "sd", "ug", "ur", "yi"}
)
RIGHT_TO_LEFT_SCRIPTS = frozenset({"adlm", "arab", "hebr", "nkoo", "rohg", "syrc", "thaa"})

# A word longer than this is cut anyway: an excerpt should not lose half its room to an address.
LONGEST_STEP_BACK = 40

_TAG_OR_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)|<[/!?]?[a-zA-Z][^<>]*>", re.DOTALL)
_HIDDEN_ELEMENT = re.compile(
    r"<(script|style|template|noscript)\b[^<>]*>.*?(?:</\1\s*>|\Z)", re.DOTALL | re.IGNORECASE
)
# Ideographs, kana and their punctuation: scripts written without spaces between words.
_UNSPACED = re.compile(
    r"[\u2e80-\u303f\u3040-\u30ff\u31f0-\u31ff\u3400-\u9fff\uf900-\ufaff\uff00-\uffef]"
)
# What is not seen but read by machines, or turns the order of what is seen: controls, overrides,
# zero-width spaces, tags. Joiners and marks of direction are kept where scripts need them.
_HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x84\x86-\x9f\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180e\u200b"
    "\u202a-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff0-\ufffb\U000e0000-\U000e0fff\ud800-\udfff]"
    "|(?<![^\x00-\x7f])[\u200c-\u200f\u061c]+(?![^\x00-\x7f])"
)
_OPENING = "([{<«“‘「『（［｛〈《【〔"

_parser = MarkdownIt("commonmark").enable("strikethrough")
# Every address may be parsed as a link here: only the words of the link are kept.
_parser.validateLink = lambda url: True  # type: ignore[method-assign]


def without_hidden(text: str) -> str:
    """Return the text without characters that nobody sees or that turn others around."""
    return _HIDDEN.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def folded(text: str) -> str:
    """Return a text as it is compared where case, accents and spaces do not matter."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return " ".join("".join(c for c in decomposed if not unicodedata.combining(c)).split())


def markdown_to_plain(text: str) -> str:
    """Return the text without its Markdown, paragraphs apart by an empty line, "" for nothing."""
    blocks = [block for block in map(_block, _parser.parse(text)) if block.strip()]
    return "\n\n".join(blocks) + "\n" if blocks else ""


def _block(token: Token) -> str:
    if token.type == "inline":
        return _words(token.children or ())
    if token.type in ("code_block", "fence"):
        return token.content.rstrip("\n")
    if token.type == "html_block":
        return _without_tags(token.content)
    return ""


def _words(tokens: Iterable[Token]) -> str:
    return "".join(map(_word, tokens))


def _word(token: Token) -> str:
    if token.type in ("softbreak", "hardbreak"):
        return "\n"
    if token.type == "image":
        return _words(token.children or ())
    return token.content if token.type in ("text", "text_special", "code_inline") else ""


def _without_tags(content: str) -> str:
    """Return the words between the tags of an HTML block; articles are pasted with their HTML."""
    shown = _TAG_OR_COMMENT.sub("", _HIDDEN_ELEMENT.sub("", content))
    lines = (line.strip() for line in html.unescape(shown).splitlines())
    return "\n".join(line for line in lines if line)


def excerpt(plain: str, limit: int) -> str:
    """Return the text in at most `limit` characters, cut between words and ended with `…`."""
    plain = plain.strip()
    if len(plain) <= limit:
        return plain
    if limit <= 0:
        return ""
    kept = plain[: _cut_at(plain, limit - len(ELLIPSIS))].rstrip().rstrip(_OPENING + ",;:、，；：")
    return kept.rstrip() + ELLIPSIS


def _cut_at(plain: str, end: int) -> int:
    """Return the last place at or before `end` where the text may be cut."""
    for place in range(end, max(end - LONGEST_STEP_BACK, 0), -1):
        before, after = plain[place - 1], plain[place]
        if after.isspace() or before.isspace():
            return place
        if (_UNSPACED.match(before) or _UNSPACED.match(after)) and not _joins(after):
            return place
    while end > 0 and (_joins(plain[end]) or plain[end - 1] == "\u200d"):
        end -= 1
    return end


def _joins(character: str) -> bool:
    """Return whether the character belongs to the one before it."""
    return unicodedata.category(character) in ("Mn", "Me", "Mc") or character == "\u200d"


def direction(language: str) -> str:
    """Return "rtl" for languages written from right to left, else "ltr"."""
    primary, *rest = language.lower().replace("_", "-").split("-")
    scripts = [part for part in rest if len(part) == 4 and part.isalpha()]
    if scripts:
        return "rtl" if scripts[0] in RIGHT_TO_LEFT_SCRIPTS else "ltr"
    return "rtl" if primary in RIGHT_TO_LEFT else "ltr"
