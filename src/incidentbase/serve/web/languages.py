"""Which of a record's texts a reader gets: their language if stored, else the original."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol, TypeVar

from django.utils.translation import get_language, get_language_info, gettext

from incidentbase.kit import text

Translated = TypeVar("Translated", bound="Translation")


class Translation(Protocol):
    """A stored translation: what `choose` needs to know of it."""

    language: str


@dataclass(frozen=True, slots=True)
class Shown:
    """In which language a text is shown, and whether that is a translation."""

    language: str
    original: str
    is_translated: bool

    @property
    def direction(self) -> str:
        """`ltr` or `rtl`."""
        return text.direction(self.language)


def content_language(code: str) -> str:
    """Return the language of content for an interface language: `pt` for `pt-br`."""
    return code.split("-", 1)[0]


def choose(original: str, translations: Iterable[Translated]) -> tuple[Shown, Translated | None]:
    """Return how to show a record to the present reader, with the translation to use, if any.

    Readers of the original's own language always get the original.
    """
    interface = get_language() or "en"
    wanted = content_language(interface)
    if content_language(original) == wanted:
        return Shown(original, original, is_translated=False), None
    ranked = sorted(
        (row for row in translations if content_language(row.language) == wanted),
        key=lambda row: row.language != interface,
    )
    if ranked:
        return Shown(wanted, original, is_translated=True), ranked[0]
    return Shown(original, original, is_translated=False), None


def name_of(code: str) -> str:
    """Return a language's name in the reader's language, or the code if it has none."""
    try:
        return gettext(get_language_info(code)["name"])
    except KeyError:
        return code.upper()
