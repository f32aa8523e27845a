"""Finds the part of a text that answers a query best, and what in it to mark.

It works on the text as written, with the folding of `index.analysis`, and returns plain pieces
of text: making HTML of them is for those who show them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import Final

from incidentbase.index import analysis
from incidentbase.index.analysis import Token
from incidentbase.index.query import Phrase, Query, Word

# What lies further back in a text is not looked at; longer texts than this are rare.
_LONGEST_TEXT: Final = 60_000
# Among so many matches the best place is not improved by looking at more.
_MOST_MATCHES: Final = 1_000

_INFLECTED: Final = ("en", "es", "fr", "pt")
_SHORTEST_STEM: Final = 4
# Forms of one word have at least this much of their beginning in common.
_SHARED: Final = 3
# Endings that leave the word the same word, folded: English, Spanish, French, Portuguese.
_ENDINGS: Final = frozenset(
    (
        "",
        *("s", "es", "e", "y", "ies", "ied", "ed", "er", "ers", "ing", "ings", "ly"),
        *("ion", "ions", "ation", "ations", "ment", "ments"),  # codespell:ignore ment
        *("a", "o", "as", "os", "ado", "ada", "ados", "adas", "ar", "ando", "iendo", "mente"),
        *("ee", "ees", "ent", "ant", "aux", "al", "ais", "cion", "ciones", "cao", "coes"),
    )
)


@dataclass(frozen=True, slots=True)
class Passage:
    """A part of a text as pieces, each with whether it matched.

    `is_cut_before` and `is_cut_after` say where an ellipsis belongs.
    """

    segments: tuple[tuple[str, bool], ...]
    is_cut_before: bool = False
    is_cut_after: bool = False

    @property
    def has_match(self) -> bool:
        """Whether anything is marked."""
        return any(matched for _text, matched in self.segments)


@dataclass(frozen=True, slots=True)
class _Match:
    clause: int
    start: int
    end: int


def best_passage(text: str, query: Query, language: str, width: int = 240) -> Passage:
    """Return about `width` characters of the text with the most of what was asked for.

    Without a match it is the beginning of the text.
    """
    head = text[:_LONGEST_TEXT]
    matches = _matches(head, query, language)
    first, last = _best_window(matches, width)
    start, end = _widened(head, first, last, width)
    marked = _merged([match for match in matches if match.start >= start and match.end <= end])
    return Passage(
        segments=_segments(head, start, end, marked),
        is_cut_before=bool(head[:start].strip()),
        is_cut_after=bool(text[end:].strip()),
    )


def marked(text: str, query: Query, language: str) -> Passage:
    """Return the whole of a short text with what was asked for marked in it."""
    return Passage(_segments(text, 0, len(text), _merged(_matches(text, query, language))))


def mentions(text: str, query: Query, language: str) -> bool:
    """Return whether anything of what was asked for stands in the text."""
    clauses = _clauses(query.wanted, language in _INFLECTED)
    if clauses is None:
        return bool(_matches_by_token(analysis.tokenize(text), query, language))
    folded = analysis.fold(text)
    return any(clause.fits(hit[0]) for clause in clauses for hit in clause.pattern.finditer(folded))


def _matches(text: str, query: Query, language: str) -> list[_Match]:
    """Return where the clauses of the query stand in the text, in order."""
    clauses = _clauses(query.wanted, language in _INFLECTED)
    if clauses is None:
        return _matches_by_token(analysis.tokenize(text), query, language)
    folded = analysis.fold(text)
    found = list(_found(clauses, folded))
    # Folding seldom changes how long a text is, and working out where it did takes long.
    is_in_place = len(folded) == len(text) and all(
        analysis.fold(text[each.start : each.end]) == folded[each.start : each.end]
        for each in found
    )
    if found and not is_in_place:
        whole, starts, ends = analysis.fold_with_origin(text)
        found = [
            _Match(each.clause, starts[each.start], ends[each.end - 1])
            for each in _found(clauses, whole)
        ]
    return sorted(found, key=lambda match: (match.start, match.end))


def _found(clauses: Sequence[_Clause], folded: str) -> Iterator[_Match]:
    """Yield where the clauses stand in a folded text."""
    for clause in clauses:
        for hit in islice(clause.pattern.finditer(folded), _MOST_MATCHES):
            if clause.fits(hit[0]):
                yield _Match(clause.number, hit.start(), hit.end())


@dataclass(frozen=True, slots=True)
class _Clause:
    """One wanted word or phrase as a pattern over folded text, and what of its hits to take."""

    number: int
    pattern: re.Pattern[str]
    fits: Callable[[str], bool]


# A letter or digit that is part of a longer word, and what may stand between two words.
_INNER: Final = f"[^\\W_{analysis.BY_CHARACTER}]"
_GAP: Final = "[\\W_]"


@lru_cache(maxsize=500)
def _clauses(
    wanted: tuple[Word | Phrase, ...], has_inflections: bool
) -> tuple[_Clause, ...] | None:
    """Return the clauses as patterns, or None if one of them is in a script without a pattern."""
    made = []
    for number, node in enumerate(wanted):
        terms = analysis.terms(node.text)
        if not terms:
            continue
        if not all(term.isascii() or analysis.is_by_character(term) for term in terms):
            return None
        is_prefix = isinstance(node, Word) and node.prefix
        is_inflected = has_inflections and isinstance(node, Word) and len(terms) == 1
        fits = _single(terms[0], is_prefix=is_prefix, is_inflected=is_inflected)
        if is_inflected and terms[0].isascii() and len(terms[0]) > _SHARED:
            stem = re.escape(terms[0][:_SHARED])
            made.append(_Clause(number, re.compile(f"(?<!{_INNER}){stem}{_INNER}*"), fits))
        else:
            pattern = re.compile(_sequence(terms, is_prefix=is_prefix))
            made.append(_Clause(number, pattern, _anything))
    return tuple(made)


def _anything(_text: str) -> bool:
    return True


def _sequence(terms: list[str], *, is_prefix: bool) -> str:
    """Return the pattern of tokens that follow one another."""
    pattern = ""
    before = ""
    for place, term in enumerate(terms):
        is_last = place == len(terms) - 1
        if term == analysis.BOUNDARY:
            before = term
            continue
        pattern += _between(before, term) + _token(term, is_open=is_prefix and is_last)
        before = term
    return pattern


def _between(before: str, term: str) -> str:
    if not before:
        return ""
    if before == analysis.BOUNDARY:
        return f"{_GAP}+"
    if analysis.is_arabic(before) and analysis.is_arabic(term):
        return ""
    is_close = analysis.is_by_character(before) or analysis.is_by_character(term)
    return f"{_GAP}*" if is_close else f"{_GAP}+"


def _token(term: str, *, is_open: bool) -> str:
    if analysis.is_by_character(term):
        return re.escape(term)
    end = f"{_INNER}*" if is_open and len(term) > 1 else f"(?!{_INNER})"
    return f"(?<!{_INNER}){re.escape(term)}{end}"


def _matches_by_token(tokens: Sequence[Token], query: Query, language: str) -> list[_Match]:
    found: list[_Match] = []
    distinct = {token.text for token in tokens}
    matches: Iterable[_Match]
    for clause, node in enumerate(query.wanted):
        wanted = analysis.terms(node.text)
        is_prefix = isinstance(node, Word) and node.prefix
        if len(wanted) == 1:
            is_inflected = language in _INFLECTED and isinstance(node, Word)
            fits = _single(wanted[0], is_prefix=is_prefix, is_inflected=is_inflected)
            fitting = {token for token in distinct if fits(token)}
            matches = (_Match(clause, t.start, t.end) for t in tokens if t.text in fitting)
        elif wanted:
            matches = _sequences(tokens, wanted, clause, is_prefix=is_prefix)
        else:
            continue
        found += islice(matches, _MOST_MATCHES)
    return sorted(found, key=lambda match: (match.start, match.end))


def _single(wanted: str, *, is_prefix: bool, is_inflected: bool) -> Callable[[str], bool]:
    def fits(token: str) -> bool:
        if token == wanted or (is_prefix and len(wanted) > 1 and token.startswith(wanted)):
            return True
        return is_inflected and token[:_SHARED] == wanted[:_SHARED] and _is_same_word(token, wanted)

    return fits


def _is_same_word(one: str, other: str) -> bool:
    """Return whether the words differ in their endings only, as far as a list of endings tells."""
    shared = 0
    for a, b in zip(one, other, strict=False):
        if a != b:
            break
        shared += 1
    # The last shared letter may belong to an ending: danger, dangerous; city, cities.
    return any(
        one[at:] in _ENDINGS and other[at:] in _ENDINGS
        for at in (shared, shared - 1)
        if at >= _SHORTEST_STEM
    )


def _sequences(
    tokens: Sequence[Token], wanted: list[str], clause: int, *, is_prefix: bool
) -> Iterator[_Match]:
    length = len(wanted)
    ending = wanted[-1]
    is_open = is_prefix and not analysis.is_by_character(ending)
    for at in range(len(tokens) - length + 1):
        last = tokens[at + length - 1]
        if last.text != ending and not (is_open and last.text.startswith(ending)):
            continue
        if all(tokens[at + n].text == word for n, word in enumerate(wanted[:-1])):
            yield _Match(clause, tokens[at].start, last.end)


def _best_window(matches: Sequence[_Match], width: int) -> tuple[int, int]:
    """Return the span of matches, within the width, that holds the most clauses."""
    best, span = (0, 0), (0, 0)
    looked_at = matches[:_MOST_MATCHES]
    for at, first in enumerate(looked_at):
        end = first.end
        clauses = {first.clause}
        count = 1
        for match in looked_at[at + 1 :]:
            if match.end - first.start > width:
                break
            clauses.add(match.clause)
            count += 1
            end = max(end, match.end)
        if (len(clauses), count) > best:
            best, span = (len(clauses), count), (first.start, end)
    return span


def _widened(text: str, first: int, last: int, width: int) -> tuple[int, int]:
    """Add words before and after until the width is reached."""
    spare = max(0, width - (last - first))
    start = max(0, first - spare // 3)
    end = min(len(text), max(last, start + width))
    start = max(0, min(start, max(0, end - width), first))
    while start < first and _is_inside_word(text, start):
        start += 1
    while end > last and _is_inside_word(text, end):
        end -= 1
    return start, end


def _is_inside_word(text: str, at: int) -> bool:
    if at <= 0 or at >= len(text) or not text[at - 1].isalnum():
        return False
    return text[at].isalnum() and not analysis.is_by_character(text[at])


def _merged(matches: Sequence[_Match]) -> list[tuple[int, int]]:
    """Join spans that overlap or touch, as those of neighboring CJK characters do."""
    spans: list[tuple[int, int]] = []
    for match in matches:
        if spans and match.start <= spans[-1][1]:
            spans[-1] = (spans[-1][0], max(spans[-1][1], match.end))
        else:
            spans.append((match.start, match.end))
    return spans


def _segments(
    text: str, start: int, end: int, spans: Sequence[tuple[int, int]]
) -> tuple[tuple[str, bool], ...]:
    pieces: list[tuple[str, bool]] = []
    at = start
    for first, last in spans:
        pieces += [(text[at:first], False), (text[first:last], True)]
        at = last
    pieces.append((text[at:end], False))
    return tuple((re.sub(r"\s+", " ", piece), matched) for piece, matched in pieces if piece)
