"""What differs between two texts, word by word; the work is bounded for any two texts."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from rapidfuzz.distance import Indel

Kind = Literal["same", "added", "removed", "gap"]

# The cost of a comparison grows with the product of the lengths: 15,000 words twice, tens of
# milliseconds. Beyond that paragraphs are compared, and beyond that the texts as a whole.
MOST_WORK = 225_000_000
CONTEXT = 120

# Scripts without spaces are compared by character; white space goes with the word before it.
_WORD = re.compile(
    r"(?:[\u2e80-\u30ff\u31f0-\u31ff\u3400-\u9fff\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff]"
    r"|[^\W_\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff]+|[^\s])\s*|\s+"
)
_PARAGRAPH = re.compile(r"[^\n]*\n+|[^\n]+")
_TELLS_SOMETHING = re.compile(r"\w.*\w", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text and whether both texts have it; a gap stands for left out words."""

    kind: Kind
    text: str


def pieces(before: str, after: str) -> list[Piece]:
    """Return the difference of two texts.

    The pieces that are the same or removed make up `before`, the same or added ones `after`.
    """
    for split in (_WORD, _PARAGRAPH):
        old, new = split.findall(before), split.findall(after)
        start, end = _shared(old, new)
        if (len(old) - start - end) * (len(new) - start - end) <= MOST_WORK:
            return _joined(_compared(old, new))
    return _joined(iter([Piece("removed", before), Piece("added", after)]))


def shortened(found: Sequence[Piece], *, context: int = CONTEXT) -> list[Piece]:
    """Return the pieces with only so many characters of what is the same beside each change."""
    last = len(found) - 1
    short: list[Piece] = []
    for place, piece in enumerate(found):
        head = piece.text[:context] if place > 0 else ""
        tail = piece.text[-context:] if place < last else ""
        if piece.kind != "same" or len(piece.text) <= len(head) + len(tail) + context:
            short.append(piece)
            continue
        short += [
            one
            for one in (Piece("same", head), Piece("gap", ""), Piece("same", tail))
            if one.text or one.kind == "gap"
        ]
    return short


def _shared(old: Sequence[str], new: Sequence[str]) -> tuple[int, int]:
    """Return how many words two texts share at the start, and at the end of what is left."""
    most = min(len(old), len(new))
    start = next((n for n in range(most) if old[n] != new[n]), most)
    left = most - start
    return start, next((n for n in range(left) if old[-1 - n] != new[-1 - n]), left)


def _compared(old: Sequence[str], new: Sequence[str]) -> Iterator[Piece]:
    for step in Indel.opcodes(old, new):
        removed = "".join(old[step.src_start : step.src_end])
        added = "".join(new[step.dest_start : step.dest_end])
        if step.tag == "equal":
            yield Piece("same", removed)
            continue
        yield Piece("removed", removed)
        yield Piece("added", added)


def _joined(found: Iterator[Piece]) -> list[Piece]:
    """Return the pieces with neighbors of a kind joined, removals before additions.

    What is the same between two changes but tells nothing, a comma or a letter, joins them.
    """
    joined: list[Piece] = []
    removed = added = kept = ""
    for piece in [*found, Piece("gap", "")]:
        if piece.kind == "same" and (removed or added) and not _TELLS_SOMETHING.search(piece.text):
            kept += piece.text
        elif piece.kind == "same" or piece.kind == "gap":
            joined += [Piece("removed", removed), Piece("added", added), Piece("same", kept)]
            joined.append(Piece("same", piece.text))
            removed = added = kept = ""
        elif piece.text:
            removed += kept + (piece.text if piece.kind == "removed" else "")
            added += kept + (piece.text if piece.kind == "added" else "")
            kept = ""
    return [piece for piece in _with_same_joined(joined) if piece.text]


def _with_same_joined(found: Sequence[Piece]) -> Iterator[Piece]:
    same = ""
    for piece in found:
        if piece.kind == "same":
            same += piece.text
        elif piece.text:
            yield Piece("same", same)
            yield piece
            same = ""
    yield Piece("same", same)
