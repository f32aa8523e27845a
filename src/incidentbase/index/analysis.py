"""How texts and queries become comparable: one folding of characters and one rule for tokens.

Chinese, Japanese, Korean and Arabic letters are tokens of their own, so that a phrase query
finds any part of a word or sentence; all other scripts go by word. The engines use the same
character classes, so what is marked in a passage is what was matched.
"""

from __future__ import annotations

import re
import sys
import unicodedata
from collections.abc import Iterator, Sequence
from functools import cache
from typing import NamedTuple

# Stands between two Arabic words, so that a part of a word cannot match across a space.
BOUNDARY = "\ue000"

# Letters of Arabic, as ranges for a regular expression (Python and Rust read them alike).
ARABIC = (
    "\u0620-\u063f\u0641-\u064a\u066e\u066f\u0671-\u06d3\u06d5\u06ee\u06ef\u06fa-\u06fc\u06ff"
    "\u0750-\u077f\u0870-\u0887\u0889-\u088e\u08a0-\u08c9"
)
# Han, Hiragana, Katakana with its long mark, Bopomofo and Hangul.
EAST_ASIAN = (
    "\u1100-\u11ff\u2e80-\u2e99\u2e9b-\u2ef3\u2f00-\u2fd5\u3005-\u3007\u3021-\u3029\u3031-\u3035"
    "\u3038-\u303c\u3041-\u3096\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff\u3105-\u312f\u3131-\u318e"
    "\u31a0-\u31bf\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\ua960-\ua97c\uac00-\ud7a3\ud7b0-\ud7c6"
    "\ud7cb-\ud7fb\uf900-\ufaff\U0001b000-\U0001b122\U00020000-\U000323af"
)
BY_CHARACTER = f"{BOUNDARY}{ARABIC}{EAST_ASIAN}"

# Two parts of plain letters: numbers and longer chains are not written as one word.
_LONGEST_PART = 22
_HYPHENATED = re.compile("([a-z]{2,20})-([a-z]{2,20})")
_LAST_PART = re.compile(r"(?<![\w-])[A-Za-z]{2,20}\Z")
_FIRST_PART = re.compile(r"[A-Za-z]{2,20}(?![\w-])")
_SINGLE = re.compile(f"[{BY_CHARACTER}]")
_ARABIC_GAP = re.compile(f"(?<=[{ARABIC}])[^\\w{BOUNDARY}]+(?=[{ARABIC}])")
_HAS_ARABIC = re.compile(f"[{ARABIC}]")

# Marks that composed letters consist of, Arabic vowel signs and tatweel, joiners, direction
# marks, soft hyphens, variation selectors, lone surrogates.
_DROPPED = (
    "\u0300-\u036f\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e8\u06ea-\u06ed"
    "\u08ca-\u08e1\u08e3-\u08ff\u00ad\u034f\u061c\u180b-\u180f\u200b-\u200f\u202a-\u202e"
    "\u2060-\u206f\ufe00-\ufe0f\ufeff\ud800-\udfff\ue000\U000e0100-\U000e01ef"
)
# What Unicode does not decompose, and the letters that Arabic writers use for one another. Typeset
# quotes and dashes become plain ones: with them most texts are plain and quick to read.
_REPLACED = {
    **dict.fromkeys("‘’‚‛′", "'"), **dict.fromkeys("“”„‟«»", '"'), **dict.fromkeys("‐‑‒–—―", "-"),
    "•": "*", "·": "*",
    "æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "ł": "l", "ħ": "h", "ı": "i",
    "ŋ": "n", "ё": "е", "أ": "ا", "إ": "ا", "آ": "ا", "ٱ": "ا", "ى": "ي", "ی": "ي", "ې": "ي",
    "ئ": "ي", "ؤ": "و", "ة": "ه", "ۀ": "ه", "ہ": "ه", "ھ": "ه", "ک": "ك", "ڪ": "ك",
    **{chr(start + n): str(n) for start in (0x660, 0x6F0) for n in range(10)},
}  # fmt: skip
# Latin, Greek and Vietnamese letters with accents; Cyrillic й is a letter of its own and stays.
_ACCENTED = ((0xC0, 0x250), (0x370, 0x400), (0x1E00, 0x2000))


class Token(NamedTuple):
    """One unit of matching: its folded text and where it stands in the text as written."""

    text: str
    start: int
    end: int


def _unaccented() -> dict[str, str]:
    table = dict(_REPLACED)
    for first, last in _ACCENTED:
        for letter in map(chr, range(first, last)):
            bare = re.sub("[\u0300-\u036f]", "", unicodedata.normalize("NFD", letter))
            if bare != letter:
                table.setdefault(letter, bare)
    return table


_TABLE = _unaccented()
_GAPS = {code: " " for code in range(128) if not chr(code).isalnum()}
_FOLDED = re.compile(f"[{_DROPPED}{''.join(map(re.escape, _TABLE))}]")


def fold(text: str) -> str:
    """Return the text in the form in which characters are compared: case, width, accents."""
    if text.isascii():
        return text.lower()
    wide = unicodedata.normalize("NFKC", text).casefold()
    return _FOLDED.sub(lambda match: _TABLE.get(match[0], ""), wide)


def normalize(text: str) -> str:
    """Return the folded text with a token of its own between two Arabic words."""
    folded = fold(text)
    if folded.isascii() or not _HAS_ARABIC.search(folded):
        return folded
    return _ARABIC_GAP.sub(f" {BOUNDARY} ", folded)


def spaced(text: str) -> str:
    """Return the tokens of a text with a space between each: what an engine shall be given."""
    folded = normalize(text)
    if folded.isascii():
        return folded.translate(_GAPS)
    return " ".join(_token_pattern().findall(folded))


def compound(word: str) -> str:
    """Return a hyphenated word as one word, as others may write it; empty if it is none."""
    found = _HYPHENATED.fullmatch(fold(word))
    return found[1] + found[2] if found else ""


def compounds(text: str) -> list[str]:
    """Return the hyphenated words of a text, each as one word."""
    found: dict[str, None] = {}
    at = text.find("-")
    while at > 0:
        # Only what stands around a hyphen is looked at: most of a text is far from any.
        before = _LAST_PART.search(text, max(0, at - _LONGEST_PART), at)
        after = _FIRST_PART.match(text, at + 1)
        if before and after:
            found[(before[0] + after[0]).lower()] = None
        at = text.find("-", at + 1)
    return list(found)


def encodable(text: str) -> str:
    """Return the text without lone surrogates, which JSON may carry and UTF-8 cannot."""
    return text if text.isascii() else text.encode("utf-8", "ignore").decode("utf-8")


def is_by_character(token: str) -> bool:
    """Return whether the token is a single letter of a script that goes by character."""
    return _SINGLE.fullmatch(token) is not None


def is_arabic(token: str) -> bool:
    """Return whether the token is a single letter of Arabic."""
    return _HAS_ARABIC.fullmatch(token) is not None


def terms(text: str) -> list[str]:
    """Return the folded tokens of a text, in order."""
    return _token_pattern().findall(normalize(text))


def tokenize(text: str) -> list[Token]:
    """Return the same tokens as `terms`, each with its place in the text as written."""
    folded, starts, ends = fold_with_origin(text)
    found = [
        Token(match[0], starts[match.start()], ends[match.end() - 1])
        for match in _token_pattern().finditer(folded)
    ]
    if folded.isascii() or not _HAS_ARABIC.search(folded):
        return found
    return list(_with_boundaries(found, folded))


def _with_boundaries(tokens: list[Token], folded: str) -> Iterator[Token]:
    """Put in what `normalize` puts between two Arabic words."""
    at, before = 0, Token("", 0, 0)
    for token in tokens:
        start = folded.index(token.text, at)
        is_arabic = _HAS_ARABIC.match(before.text) and _HAS_ARABIC.match(token.text)
        if is_arabic and start > at:
            yield Token(BOUNDARY, before.end, token.start)
        yield token
        at, before = start + len(token.text), token


# A run of ASCII folds without changing its length; all else goes by cluster, because marks
# that follow a letter fold together with it.
_TAIL = (
    "\u0300-\u036f\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06dc\u1160-\u11ff"
    "\u3099\u309a\uff9e\uff9f"
)
_CLUSTER = re.compile(f"[\x00-\x7f]+(?![{_TAIL}])|.[{_TAIL}]*", re.DOTALL)


def fold_with_origin(text: str) -> tuple[str, Sequence[int], Sequence[int]]:
    """Return the folded text and, for each of its characters, where what it comes from lies."""
    if text.isascii():
        return text.lower(), range(len(text)), range(1, len(text) + 1)
    pieces: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for match in _CLUSTER.finditer(text):
        piece, (start, end) = match[0], match.span()
        if piece.isascii():
            pieces.append(piece.lower())
            starts += range(start, end)
            ends += range(start + 1, end + 1)
            continue
        folded = _fold_cluster(piece)
        pieces.append(folded)
        starts += [start] * len(folded)
        ends += [end] * len(folded)
    return "".join(pieces), starts, ends


@cache
def _fold_small(cluster: str) -> str:
    return fold(cluster)


def _fold_cluster(cluster: str) -> str:
    # Long clusters come from hostile texts only, and must not fill the memory.
    return _fold_small(cluster) if len(cluster) < 3 else fold(cluster)


@cache
def _token_pattern() -> re.Pattern[str]:
    # Python's \w knows no combining marks, which Indic scripts write their vowels with.
    marks = "".join(
        re.escape(character)
        for character in map(chr, range(0x300, min(sys.maxunicode, 0x1F000)))
        if unicodedata.category(character).startswith("M")
    )
    # The first choice is the last one in short, for most words of folded text.
    return re.compile(
        f"[a-z0-9]++(?![^\x00-\x7f])|[{BY_CHARACTER}]|(?:(?![{BY_CHARACTER}_])[\\w{marks}])+"
    )
