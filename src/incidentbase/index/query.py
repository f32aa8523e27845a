"""Turns what somebody typed into a query tree; every text is a query, so nothing here raises.

Words are joined by AND, "quotes" make a phrase, a leading minus or NOT excludes, OR joins its two
neighbors, parentheses group, and `name:value` asks for a property (the names are those of
`index.facets`). What cannot be taken as written is taken as plain words, and `notes` say so.
The size and the depth of a query are bounded.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, TypeAlias

from incidentbase.index import facets

MAX_CHARACTERS: Final = 400
MAX_CLAUSES: Final = 32
MAX_DEPTH: Final = 6

TOO_LONG: Final = "too-long"
TOO_MANY_WORDS: Final = "too-many-words"
UNCLOSED_QUOTE: Final = "unclosed-quote"
UNBALANCED: Final = "unbalanced"
TOO_DEEP: Final = "too-deep"
LONELY_OR: Final = "lonely-or"
NOT_A_DATE: Final = "not-a-date"

# Words that nearly every text has, English, Spanish, French and Portuguese; and those that make
# a question. Between quotes they count. In this database every record is of an incident.
STOP_WORDS: Final = frozenset(
    word
    for line in (
        "a about all also an and any are as at be been being but by can could did do does ever for",
        "from had has have he her here him his how i if in into is it its itself me more most my",
        "no nor not of on or other our ours over she should so some somebody someone something",
        "such than that the their them themselves then there these they this those to too under",
        "us was we were what when where which who whom whose why will with would you your",
        "al como con de del el en es esta la las lo los por que se su un una y",
        "au aux ce ces dans des du elle est et il les par pas pour qui sur une",
        "incident incidents involve involved involves involving",
        "ao com da das do dos em na nas no nos os para pela pelo um uma",
    )
    for word in line.split()
)

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
_OPENERS: Final = "(（"
_CLOSERS: Final = ")）"
_UNSEARCHABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufeff]")
_NUMBER = re.compile(r"\s*[#＃]?\s*([0-9０-９]{1,9})\s*")
_CLOSING_QUOTES: Final = "".join(sorted(set("".join(_QUOTES.values())) - {"»"}))
_FIELD = re.compile(r"([A-Za-z_]+)[:：]")
_DATE = re.compile(r"([0-9]{4})(?:-([0-9]{1,2}))?(?:-([0-9]{1,2}))?")
_DATE_FIELDS: Final = ("after", "before")


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
class In:
    """A facet must have a value with these words, or for some facets exactly this value."""

    facet: str
    text: str


@dataclass(frozen=True, slots=True)
class Between:
    """The record's own date must lie between two days, both included."""

    first: dt.date | None = None
    last: dt.date | None = None


@dataclass(frozen=True, slots=True)
class Not:
    """What must not occur."""

    node: Node


@dataclass(frozen=True, slots=True)
class And:
    """What must all hold; without nodes it holds for everything."""

    nodes: tuple[Node, ...] = ()


@dataclass(frozen=True, slots=True)
class Or:
    """What must hold in at least one of its nodes."""

    nodes: tuple[Node, ...]


Node: TypeAlias = Word | Phrase | In | Between | Not | And | Or


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
        """The words and phrases that a hit must or may contain, in the order typed."""
        return tuple(dict.fromkeys(_wanted(self.root)))


def parse(text: str) -> Query:
    """Return the query for any text; what does not fit the bounds is left out with a note."""
    cleaned = _UNSEARCHABLE.sub(" ", text[:MAX_CHARACTERS])
    notes = [TOO_LONG] if len(text) > MAX_CHARACTERS else []
    lexer = _Lexer(cleaned)
    try:
        root = _Parser(lexer.tokens()).parse()
    except _Unparsable as error:
        notes.append(error.note)
        lexer = _Lexer(cleaned, is_plain=True)
        root = _joined([token for token in lexer.tokens() if not isinstance(token, str)])
    number = _NUMBER.fullmatch(cleaned)
    return Query(
        text=cleaned.strip(),
        root=root if isinstance(root, And) else And((root,)),
        jump=int(number[1]) if number else None,
        notes=tuple(dict.fromkeys([*notes, *lexer.notes])),
    )


def _wanted(node: Node) -> Iterator[Word | Phrase]:
    if isinstance(node, And | Or):
        for each in node.nodes:
            yield from _wanted(each)
    elif isinstance(node, Word | Phrase):
        yield node


def _joined(nodes: list[Node]) -> Node:
    """Join nodes by AND, without the words that every text has if there are others."""
    telling = [node for node in nodes if not _is_stop_word(node)]
    kept = telling if any(not isinstance(node, Not) for node in telling) else nodes
    return kept[0] if len(kept) == 1 else And(tuple(kept))


def _is_stop_word(node: Node) -> bool:
    return isinstance(node, Word) and not node.prefix and node.text.lower() in STOP_WORDS


class _Unparsable(Exception):
    def __init__(self, note: str) -> None:
        super().__init__(note)
        self.note = note


# Tokens that are no clause of their own.
_OPEN, _CLOSE, _MINUS_SIGN, _OR, _AND = "(", ")", "-", "OR", "AND"
Token: TypeAlias = Node | str


class _Lexer:
    """Cuts a text into clauses and signs. In a plain text only quotes and minus are signs."""

    def __init__(self, text: str, *, is_plain: bool = False) -> None:
        self._text = text
        self._is_plain = is_plain
        self.notes: list[str] = []

    def tokens(self) -> list[Token]:
        found: list[Token] = []
        clauses = 0
        for token in self._all():
            if not isinstance(token, str):
                clauses += 1
                if clauses > MAX_CLAUSES:
                    self.notes.append(TOO_MANY_WORDS)
                    return self._closed(found)
            found.append(token)
        return self._negated(found) if self._is_plain else found

    def _closed(self, found: list[Token]) -> list[Token]:
        """Close what the cut left open, so that being long is the only thing wrong with it."""
        while found and found[-1] in (_OPEN, _MINUS_SIGN, _OR, _AND):
            found.pop()
        missing = found.count(_OPEN) - found.count(_CLOSE)
        found += [_CLOSE] * max(0, missing)
        return self._negated(found) if self._is_plain else found

    def _negated(self, found: list[Token]) -> list[Token]:
        nodes: list[Token] = []
        for before, token in zip(["", *found], found, strict=False):
            if not isinstance(token, str):
                nodes.append(Not(_whole(token)) if before == _MINUS_SIGN else token)
        return nodes

    def _all(self) -> Iterator[Token]:
        at, depth = 0, 0
        while at < len(self._text):
            letter = self._text[at]
            if letter.isspace():
                at += 1
            elif letter in _OPENERS and not self._is_plain:
                depth += 1
                at += 1
                yield _OPEN
            elif letter in _CLOSERS:
                at += 1
                if not self._is_plain:
                    depth -= 1
                    yield _CLOSE
            elif letter in _MINUS:
                at = self._after(at, _MINUS)
                if at < len(self._text) and not self._text[at].isspace():
                    yield _MINUS_SIGN
            else:
                token, at = self._clause(at, depth)
                if token is not None:
                    yield token

    def _after(self, at: int, signs: str) -> int:
        while at < len(self._text) and self._text[at] in signs:
            at += 1
        return at

    def _clause(self, at: int, depth: int) -> tuple[Token | None, int]:
        if self._text[at] in _QUOTES:
            return self._quoted(at)
        field = _FIELD.match(self._text, at)
        if field is not None and not self._is_plain:
            known = self._field(field[1].lower(), field.end(), depth)
            if known is not None:
                return known
        return self._word(at, depth)

    def _quoted(self, at: int) -> tuple[Node | None, int]:
        text = self._text
        end = self._end_of_quote(at)
        if end is not None:
            inside = text[at + 1 : end].strip()
            return (Phrase(inside) if inside else None), end + 1
        # Nothing closes it: the quote is noise and its words count one by one.
        self.notes.append(UNCLOSED_QUOTE)
        return None, at + 1

    def _end_of_quote(self, at: int) -> int | None:
        closers = _QUOTES[self._text[at]]
        return next((i for i in range(at + 1, len(self._text)) if self._text[i] in closers), None)

    def _word(self, at: int, depth: int) -> tuple[Token | None, int]:
        word, end = self._run(at, depth)
        if not self._is_plain and word in ("OR", "AND", "NOT", "|", "||", "&&"):
            return {"NOT": _MINUS_SIGN, "AND": _AND, "&&": _AND}.get(word, _OR), end
        stem = word.rstrip("*＊")
        is_open = end == len(self._text) or stem != word
        return (Word(stem, prefix=is_open) if stem else None), max(end, at + 1)

    def _run(self, at: int, depth: int) -> tuple[str, int]:
        """Return the word that begins here; inside parentheses a closing one ends it."""
        end = at
        while end < len(self._text):
            letter = self._text[end]
            if letter.isspace() or letter in _QUOTES:
                break
            if letter in _CLOSERS and depth > 0 and "(" not in self._text[at:end]:
                break
            end += 1
        # A closing quote without an opening one, as in `don”t`, ends a word like white space does.
        return self._text[at:end].strip(_CLOSING_QUOTES + "»"), end

    def _field(self, name: str, at: int, depth: int) -> tuple[Node, int] | None:
        facet = facets.BY_PREFIX.get(name)
        if facet is None and name not in _DATE_FIELDS:
            return None
        value, end = self._value(at, depth)
        value = value.lstrip("#＃")
        if not value:
            return None
        if facet is not None:
            return In(facet.name, value), end
        day = _day(value)
        if day is None:
            self.notes.append(NOT_A_DATE)
            return None
        if name == "after":
            return Between(first=day), end
        return (Between(last=day - dt.timedelta(days=1)) if day > dt.date.min else And()), end

    def _value(self, at: int, depth: int) -> tuple[str, int]:
        if at < len(self._text) and self._text[at] in _QUOTES:
            end = self._end_of_quote(at)
            if end is not None:
                return self._text[at + 1 : end].strip(), end + 1
        return self._run(at, depth)


class _Parser:
    """A parser by descent over the tokens; OR joins its neighbors before words are joined."""

    def __init__(self, tokens: list[Token]) -> None:
        self._tokens = tokens
        self._at = 0

    def parse(self) -> Node:
        root = self._all_of(depth=0)
        if self._at < len(self._tokens):
            raise _Unparsable(UNBALANCED)
        return root

    def _peek(self) -> Token | None:
        return self._tokens[self._at] if self._at < len(self._tokens) else None

    def _all_of(self, depth: int) -> Node:
        nodes: list[Node] = []
        while (token := self._peek()) is not None and token != _CLOSE:
            if token == _AND:
                self._at += 1
                continue
            node = self._any_of(depth)
            if node is not None:
                nodes.append(node)
        return _joined(nodes)

    def _any_of(self, depth: int) -> Node | None:
        choices = [self._one(depth)]
        while self._peek() == _OR:
            self._at += 1
            if self._peek() in (None, _CLOSE, _OR, _AND):
                raise _Unparsable(LONELY_OR)
            choices.append(self._one(depth))
        nodes = [node for node in choices if node is not None and node != And()]
        if not nodes:
            return None
        return nodes[0] if len(nodes) == 1 else Or(tuple(nodes))

    def _one(self, depth: int) -> Node | None:
        token = self._peek()
        self._at += 1
        if token == _OR:
            raise _Unparsable(LONELY_OR)
        if token == _MINUS_SIGN:
            node = self._one(depth) if self._peek() not in (None, _CLOSE, _OR, _AND) else None
            return None if node is None or node == And() else _inverse(node)
        if token == _OPEN:
            return self._group(depth)
        return token if isinstance(token, _CLAUSES) else None

    def _group(self, depth: int) -> Node:
        if depth == MAX_DEPTH:
            raise _Unparsable(TOO_DEEP)
        node = self._all_of(depth + 1)
        if self._peek() != _CLOSE:
            raise _Unparsable(UNBALANCED)
        self._at += 1
        return node


_CLAUSES = (Word, Phrase, In, Between)


def _inverse(node: Node) -> Node:
    return node.node if isinstance(node, Not) else Not(_whole(node))


def _whole(node: Node) -> Node:
    """Return the node without prefixes: what is excluded is meant as typed."""
    if isinstance(node, Word):
        return Word(node.text)
    if isinstance(node, Not):
        return Not(_whole(node.node))
    if isinstance(node, And | Or):
        return type(node)(tuple(_whole(each) for each in node.nodes))
    return node


def _day(value: str) -> dt.date | None:
    """Return the first day of a year, month or day such as 2020, 2020-06 or 2020-06-30."""
    found = _DATE.fullmatch(value)
    if found is None:
        return None
    try:
        return dt.date(int(found[1]), int(found[2] or 1), int(found[3] or 1))
    except ValueError:
        return None
