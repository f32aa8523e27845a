"""The fields of the tantivy index, its analyzers, and how a document fills them.

`title`, `description` and `text` hold all tokens with their positions; `head_*` and `body_*`
hold stems in one language. No text is stored: passages are made from the store.
"""

from __future__ import annotations

import datetime as dt
from functools import lru_cache
from typing import Final

import tantivy

from incidentbase.index import analysis, facets
from incidentbase.index.documents import Document
from incidentbase.index.engines import DateName, UnknownFacet

# Languages with a stemmer; texts in others are found by their exact words.
STEMMED: Final = {"en": "english", "es": "spanish", "fr": "french", "pt": "portuguese"}
EXACT_FIELDS: Final = ("title", "description", "text")
WORDS: Final = "words"
OWN_DAY: Final = "own_day"

DATES: Final[tuple[DateName, ...]] = ("incident", "published", "submitted")

# Order fields hold day and number in one integer, so that equal days have a stable order.
_NUMBER_BITS: Final = 36
_LAST_DAY: Final = dt.date.max.toordinal() + 1

# A token of more bytes is no word; the engine itself would refuse one of 64 kB.
_LONGEST_TOKEN: Final = 255


def facet_field(name: str) -> str:
    """Return the index field of a facet."""
    if name not in facets.NAMES:
        raise UnknownFacet(name)
    return name if facets.BY_NAME[name].kind == "record" else f"facet_{name}"


def words_field(name: str) -> str:
    """Return the index field with the words of a facet's values."""
    return f"words_{name}"


def outermost_field(name: str) -> str:
    """Return the field with the outermost branches of the tree facet, which are counted often."""
    return f"outermost_{name}"


def days_field(name: str) -> str:
    """Return the field with all days of a kind, as ordinals."""
    return f"days_{name}"


def order_field(name: str, *, descending: bool) -> str:
    """Return the field that sorts by a date; undated documents come last both ways."""
    return f"order_{name}_{'desc' if descending else 'asc'}"


def stem_analyzer_name(language: str) -> str:
    """Return the name under which a language's analyzer is registered."""
    return f"stems_{language}"


def schema() -> tantivy.Schema:
    """Return the fields of the index. Changing them means that indexes must be rebuilt."""
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("key", stored=True, tokenizer_name="raw", index_option="basic")
    builder.add_text_field("fingerprint", stored=True, tokenizer_name="raw", index_option="basic")
    builder.add_text_field("kind", tokenizer_name="raw", index_option="basic", fast=True)
    builder.add_text_field("visibility", tokenizer_name="raw", index_option="basic")
    builder.add_unsigned_field("number", stored=True, indexed=True, fast=True)
    builder.add_unsigned_field("is_report", stored=True, fast=True)
    builder.add_unsigned_field("incidents", stored=True, indexed=True)
    builder.add_unsigned_field("embargoed_until", indexed=True, fast=True)
    builder.add_unsigned_field("order_number", fast=True)
    builder.add_unsigned_field(OWN_DAY, fast=True)
    for date in DATES:
        builder.add_unsigned_field(days_field(date), fast=True)
        for descending in (True, False):
            builder.add_unsigned_field(order_field(date, descending=descending), fast=True)
    for field in EXACT_FIELDS:
        builder.add_text_field(field, tokenizer_name=WORDS, index_option="position")
    for language in STEMMED:
        for part in ("head", "body"):
            builder.add_text_field(
                f"{part}_{language}",
                tokenizer_name=stem_analyzer_name(language),
                index_option="freq",
            )
    for facet in facets.FILTERS:
        builder.add_text_field(
            facet_field(facet.name), tokenizer_name="raw", index_option="basic", fast=True
        )
        if facet.kind == "tree":
            builder.add_text_field(
                outermost_field(facet.name), tokenizer_name="raw", index_option="basic", fast=True
            )
        if facet.has_words:
            builder.add_text_field(
                words_field(facet.name), tokenizer_name=WORDS, index_option="position"
            )
    return builder.build()


def analyzers() -> dict[str, tantivy.TextAnalyzer]:
    """Return the analyzers by name; they expect text that `analysis.spaced` has cut into tokens."""
    made = {WORDS: _tokens().build()}
    for language, stemmer in STEMMED.items():
        stems = _tokens().filter(tantivy.Filter.stemmer(stemmer))
        made[stem_analyzer_name(language)] = stems.build()
    return made


def _tokens() -> tantivy.TextAnalyzerBuilder:
    return tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).filter(
        tantivy.Filter.remove_long(_LONGEST_TOKEN + 1)
    )


def day_bounds(first: dt.date | None, last: dt.date | None) -> tuple[int, int]:
    """Return the least and the greatest ordinal between the days; 0 stands for no date."""
    return (
        first.toordinal() if first else 1,
        last.toordinal() if last else dt.date.max.toordinal(),
    )


def seconds(moment: dt.datetime) -> int:
    """Return whole seconds since 1970, rounded up: an embargo never ends too early."""
    stamp = moment.timestamp()
    return max(0, int(stamp) + (stamp != int(stamp)))


def to_tantivy(document: Document) -> tantivy.Document:
    """Return the document as the index takes it. Raises UnknownFacet."""
    made = tantivy.Document()
    made.add_text("key", document.key)
    made.add_text("fingerprint", document.fingerprint)
    made.add_text("visibility", document.visibility)
    if document.embargoed_until is not None:
        made.add_unsigned("embargoed_until", seconds(document.embargoed_until))
    for kind in _kinds(document):
        made.add_text("kind", kind)
    made.add_unsigned("number", document.number)
    made.add_unsigned("is_report", int(document.kind == "report"))
    for incident in document.incidents:
        made.add_unsigned("incidents", incident)
    _add_facets(made, document)
    _add_order(made, document)
    _add_texts(made, document)
    return made


def _add_facets(made: tantivy.Document, document: Document) -> None:
    for name, values in document.facets.items():
        field = facet_field(name)
        for value in dict.fromkeys(values):
            made.add_text(field, analysis.encodable(value))
        if facets.BY_NAME[name].kind == "tree":
            for value in values:
                if facets.LEVELS not in value:
                    made.add_text(outermost_field(name), analysis.encodable(value))
        if facets.BY_NAME[name].has_words:
            for words in {*values, *document.names.get(name, ())}:
                made.add_text(words_field(name), _spaced_name(words))


@lru_cache(maxsize=20_000)
def _spaced_name(name: str) -> str:
    """Return a name in tokens; many records share their names."""
    return analysis.spaced(name)


def _kinds(document: Document) -> tuple[str, ...]:
    if document.kind == "incident":
        return ("incident",)
    return ("report", "incident_report" if document.incidents else "issue_report")


def _add_order(made: tantivy.Document, document: Document) -> None:
    number = document.number * 2 + (document.kind == "report")
    made.add_unsigned("order_number", number)
    if document.own_date is not None:
        made.add_unsigned(OWN_DAY, document.own_date.toordinal())
    days = (document.date, document.published, document.submitted)
    for name, day in zip(DATES, days, strict=True):
        for each in document.days.get(name, ()):
            made.add_unsigned(days_field(name), each.toordinal())
        for descending in (True, False):
            ordinal = day.toordinal() if day else (0 if descending else _LAST_DAY)
            made.add_unsigned(
                order_field(name, descending=descending), (ordinal << _NUMBER_BITS) + number
            )


def _add_texts(made: tantivy.Document, document: Document) -> None:
    title = analysis.spaced(document.title)
    description = analysis.spaced(document.description)
    made.add_text("title", title)
    made.add_text("description", description)
    if document.language in STEMMED:
        made.add_text(f"head_{document.language}", title)
        made.add_text(f"head_{document.language}", description)
    for each in document.texts:
        text = analysis.spaced(each.text)
        made.add_text("text", text)
        if each.language in STEMMED:
            made.add_text(f"body_{each.language}", text)
