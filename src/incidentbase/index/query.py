"""Turns what somebody typed into a query tree; every text is a query, so nothing here raises.

Words are joined by AND, "quotes" make a phrase, a leading minus excludes. What cannot be taken
as written is taken as plain words, and `notes` say so. The size of a query is bounded.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, TypeAlias

MAX_CHARACTERS: Final = 400
MAX_CLAUSES: Final = 32

TOO_LONG: Final = "too-long"
TOO_MANY_WORDS: Final = "too-many-words"
UNCLOSED_QUOTE: Final = "unclosed-quote"

# A character that opens a phrase, and those that may close it.
_QUOTES: Final = {
    '"': '"”“',
    "“": '”"“',
    "”": '”"',
    "„": '“”"',
    "«": "»",
    "「": "」",
    "『": "』",
    "＂": "＂",
}
_MINUS: Final = "-－−"
_UNSEARCHABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufeff]")
_NUMBER = re.compile(r"\s*[#＃]?\s*([0-9０-９]{1,9})\s*")
_CLOSERS: Final = "".join(sorted(set("".join(_QUOTES.values())) - {"»"}))


@dataclass(frozen=True, slots=True)
class Word:
    """One word as typed; `prefix` when it may be the beginning of a longer one."""

    text: str
    prefix: bool = False


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words that must follow one another."""

    text: str


@dataclass(frozen=True, slots=True)
class Not:
    """What must not occur."""

    node: Node


@dataclass(frozen=True, slots=True)
class And:
    """What must all hold; without nodes it holds for everything."""

    nodes: tuple[Node, ...] = ()


Node: TypeAlias = Word | Phrase | Not | And


@dataclass(frozen=True, slots=True)
class Query:
    """A parsed query. `jump` is set when the text is nothing but a number, such as #530."""

    text: str = ""
    root: Node = And()
    jump: int | None = None
    notes: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether nothing is asked for, so that everything matches."""
        return self.root == And()

    @property
    def wanted(self) -> tuple[Word | Phrase, ...]:
        """The words and phrases that a hit must contain, in the order typed."""
        return tuple(_wanted(self.root))


def parse(text: str) -> Query:
    """Return the query for any text; what does not fit the bounds is left out with a note."""
    cleaned = _UNSEARCHABLE.sub(" ", text[:MAX_CHARACTERS])
    notes = [TOO_LONG] if len(text) > MAX_CHARACTERS else []
    nodes: list[Node] = []
    for node, note in _clauses(cleaned):
        if note:
            notes.append(note)
        if len(nodes) == MAX_CLAUSES:
            notes.append(TOO_MANY_WORDS)
            break
        nodes.append(node)
    number = _NUMBER.fullmatch(cleaned)
    return Query(
        text=cleaned.strip(),
        root=And(tuple(nodes)),
        jump=int(number[1]) if number else None,
        notes=tuple(dict.fromkeys(notes)),
    )


def _wanted(node: Node) -> Iterator[Word | Phrase]:
    if isinstance(node, And):
        for each in node.nodes:
            yield from _wanted(each)
    elif not isinstance(node, Not):
        yield node


def _clauses(text: str) -> Iterator[tuple[Node, str | None]]:
    """Yield each clause and what has to be said about it."""
    at = 0
    while at < len(text):
        if text[at].isspace():
            at += 1
            continue
        start = at
        while at < len(text) and text[at] in _MINUS:
            at += 1
        negated = at > start
        if at == len(text) or text[at].isspace():
            continue
        node, at, note = _quoted(text, at) if text[at] in _QUOTES else _word(text, at)
        if node is not None:
            yield (Not(_whole(node)) if negated else node), note


def _quoted(text: str, at: int) -> tuple[Node | None, int, str | None]:
    closers = _QUOTES[text[at]]
    end = next((i for i in range(at + 1, len(text)) if text[i] in closers), None)
    if end is None:
        # Nothing closes it: the quote is noise and its words count one by one.
        if at + 1 == len(text) or text[at + 1].isspace() or text[at + 1] in _QUOTES:
            return None, at + 1, UNCLOSED_QUOTE
        node, after, _note = _word(text, at + 1)
        return node, after, UNCLOSED_QUOTE
    inside = text[at + 1 : end].strip()
    return (Phrase(inside) if inside else None), end + 1, None


def _word(text: str, at: int) -> tuple[Node | None, int, str | None]:
    end = at
    while end < len(text) and not text[end].isspace() and text[end] not in _QUOTES:
        end += 1
    # A closing quote without an opening one, as in `don”t`, ends a word like white space does.
    word = text[at:end].strip(_CLOSERS + "»")
    return (Word(word, prefix=end == len(text)) if word else None), max(end, at + 1), None


def _whole(node: Node) -> Node:
    return Word(node.text) if isinstance(node, Word) else node
