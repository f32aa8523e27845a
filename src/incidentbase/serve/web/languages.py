"""Which of a record's texts a reader gets: their language if stored, else the original."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol, TypeVar

from django.utils.translation import get_language, pgettext_lazy

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
    def is_readers_own(self) -> bool:
        """Whether the record was written in the reader's language."""
        return content_language(self.original) == content_language(get_language() or "en")

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


def of_reader() -> list[str]:
    """Return the languages of content to look for, best first; none for readers of English.

    Titles and texts of incidents are written in English, so its readers need no translation.
    """
    interface = get_language() or "en"
    wanted = content_language(interface)
    return [] if wanted == "en" else list(dict.fromkeys((interface, wanted)))


NAMES = {
    "ar": pgettext_lazy("language", "Arabic"),
    "bn": pgettext_lazy("language", "Bengali"),
    "cs": pgettext_lazy("language", "Czech"),
    "da": pgettext_lazy("language", "Danish"),
    "de": pgettext_lazy("language", "German"),
    "el": pgettext_lazy("language", "Greek"),
    "en": pgettext_lazy("language", "English"),
    "es": pgettext_lazy("language", "Spanish"),
    "fa": pgettext_lazy("language", "Persian"),
    "fi": pgettext_lazy("language", "Finnish"),
    "fr": pgettext_lazy("language", "French"),
    "he": pgettext_lazy("language", "Hebrew"),
    "hi": pgettext_lazy("language", "Hindi"),
    "id": pgettext_lazy("language", "Indonesian"),
    "it": pgettext_lazy("language", "Italian"),
    "ja": pgettext_lazy("language", "Japanese"),
    "ko": pgettext_lazy("language", "Korean"),
    "nl": pgettext_lazy("language", "Dutch"),
    "no": pgettext_lazy("language", "Norwegian"),
    "pl": pgettext_lazy("language", "Polish"),
    "pt": pgettext_lazy("language", "Portuguese"),
    "ru": pgettext_lazy("language", "Russian"),
    "sv": pgettext_lazy("language", "Swedish"),
    "th": pgettext_lazy("language", "Thai"),
    "tr": pgettext_lazy("language", "Turkish"),
    "uk": pgettext_lazy("language", "Ukrainian"),
    "ur": pgettext_lazy("language", "Urdu"),
    "vi": pgettext_lazy("language", "Vietnamese"),
    "zh": pgettext_lazy("language", "Chinese"),
}


def name_of(code: str) -> str:
    """Return a language's name in the reader's language, or the code if it has none here."""
    return str(NAMES.get(content_language(code), code.upper()))
