"""The submission form: drafts from addresses, posts and articles, and problems in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from incidentbase.ingest.capture import Article
from incidentbase.serve.web.forms import reading
from incidentbase.store.review.rules import REFUSALS, Draft
from incidentbase.store.submissions import rules
from incidentbase.store.submissions.rules import Problem

# Lists whose entries never hold a comma, so that one line may name several.
SPLIT_BY_COMMA = ("authors", "submitters", "tags")
BY_LINE = ("deployers", "developers", "harmed", "implicated")
# The reference calls some of them otherwise in its addresses.
OTHER_NAMES = {"harmed": "harmed_parties", "implicated": "implicated_systems"}

FROM_ARTICLE = ("title", "authors", "date_published", "language", "image_url", "text")


@dataclass(frozen=True, slots=True)
class Field:
    """What `parts/field.html` wants to know of one field, and the step that it belongs to."""

    name: str
    label: str
    step: int
    kind: str = ""
    type: str = ""
    help: str = ""
    required: bool = False
    rows: int = 0
    autocomplete: str = "off"

    def shown(self, value: Any, *, options: Sequence[Any] = (), error: str = "") -> dict[str, Any]:
        """Return the field with what stands in it, as `parts/field.html` wants it."""
        return {
            "name": self.name,
            "label": self.label,
            "kind": self.kind,
            "type": self.type,
            "help": self.help,
            "required": self.required,
            "rows": self.rows,
            "autocomplete": self.autocomplete,
            "suggest": reading.suggestions_for(self.name),
            "value": value,
            "options": options,
            "error": error,
        }


def field_list() -> list[Field]:
    """Return the fields in their order (spec aiid-site §4.2)."""
    one_each = _("One in each line.")
    commas = _("Separate several with commas.")
    return [
        Field("url", _("Address of the report"), 1, type="url", required=True),
        Field("title", _("Title"), 1, required=True),
        Field("authors", _("Authors"), 1, help=commas, required=True),
        Field("date_published", _("Date of publication"), 1, type="date", required=True),
        Field("date_downloaded", _("Date of download"), 1, type="date", required=True),
        Field(
            "text",
            _("Text"),
            1,
            kind="textarea",
            help=_("Markdown; 80 to 50,000 characters."),
            required=True,
            rows=14,
        ),
        Field(
            "incident_ids",
            _("Numbers of the incidents it is about"),
            1,
            help=_("If they are in the database already; otherwise leave it empty."),
        ),
        Field("incident_date", _("Date of the incident"), 1, type="date"),
        Field(
            "submitters",
            _("Your name"),
            2,
            help=_("It will be shown in public. Empty means anonymous."),
        ),
        Field("image_url", _("Address of an image"), 2, type="url"),
        Field("language", _("Language of the text"), 2, kind="select"),
        Field("tags", _("Tags"), 2, help=commas),
        Field("editor_notes", _("Notes for the editors"), 2, kind="textarea", rows=3),
        Field("incident_title", _("Title of the incident"), 3),
        Field(
            "description",
            _("What happened"),
            3,
            kind="textarea",
            help=_("One paragraph about the incident, at most 500 characters."),
            rows=4,
        ),
        Field("deployers", _("Who deployed the system"), 3, "textarea", help=one_each, rows=3),
        Field("developers", _("Who developed it"), 3, "textarea", help=one_each, rows=3),
        Field("harmed", _("Who was harmed or nearly harmed"), 3, "textarea", help=one_each, rows=3),
        Field("implicated", _("Which systems were involved"), 3, "textarea", help=one_each, rows=3),
    ]


def draft_from(query: QueryDict) -> Draft:
    """Return the draft that a post or an address holds; what makes no sense is left out."""
    given: dict[str, Any] = {}
    for one in fields(Draft):
        values = query.getlist(one.name) or query.getlist(OTHER_NAMES.get(one.name, ""))
        if not values:
            continue
        if one.name == "incident_ids":
            given[one.name] = reading.numbers(values)
        elif one.name in SPLIT_BY_COMMA:
            given[one.name] = reading.names(",".join(values).replace("\n", ",").split(","))
        elif one.name in BY_LINE:
            given[one.name] = reading.names("\n".join(values).split("\n"))
        else:
            given[one.name] = values[-1].replace("\0", "")
    return Draft(**given)


def draft_of(state: Mapping[str, Any]) -> Draft:
    """Return what a stored submission says, as a draft."""
    payload = state["payload"]
    said: dict[str, Any] = {
        one.name: tuple(payload[one.name]) if one.name in payload else state[one.name]
        for one in fields(Draft)
    }
    return Draft(**said)


def filled(draft: Draft, article: Article) -> tuple[Draft, list[str]]:
    """Return the draft with what an article says, and the fields that were filled.

    Nothing that somebody typed is overwritten.
    """
    said: dict[str, Any] = {
        "title": article.title,
        "authors": article.authors,
        "date_published": article.published.isoformat() if article.published else "",
        "language": article.language,
        "image_url": article.image_url,
        "text": article.text,
    }
    untouched = {name for name in FROM_ARTICLE if not getattr(draft, name)}
    if draft.language == Draft().language:
        untouched.add("language")
    taken = {name: value for name, value in said.items() if value and name in untouched}
    return replace(draft, **taken), [name for name in FROM_ARTICLE if name in taken]


def shown(draft: Draft, problems: Mapping[str, Problem], *, step: int = 0) -> list[dict[str, Any]]:
    """Return the fields as `parts/field.html` wants them, of one step or of all."""
    return [
        field.shown(
            _typed(field.name, draft),
            options=reading.language_options(draft.language) if field.name == "language" else (),
            error=in_words(problems[field.name]) if field.name in problems else "",
        )
        for field in field_list()
        if step in (0, field.step)
    ]


def with_taken(draft: Draft, fresh: Draft, taken: Iterable[str]) -> Draft:
    """Return a draft as it was typed, with the values of others in the fields that they changed."""
    return replace(draft, **{name: getattr(fresh, name) for name in taken})


def typed(draft: Draft, names: Iterable[str]) -> dict[str, str]:
    """Return fields of a draft as the form holds them."""
    return {name: _typed(name, draft) for name in names}


def in_words(problem: Problem) -> str:
    """Return what is wrong with a field, as a sentence."""
    if problem.code == rules.TOO_SHORT:
        return ngettext(
            "Use at least %(limit)s character.", "Use at least %(limit)s characters.", problem.limit
        ) % {"limit": problem.limit}
    if problem.code == rules.TOO_LONG:
        return _("This is too long; the limit is %(limit)s.") % {"limit": problem.limit}
    return {
        rules.MISSING: _("Please fill this in."),
        rules.NOT_A_DATE: _("This is not a date; write it as YYYY-MM-DD."),
        rules.IN_FUTURE: _("This day is in the future."),
        rules.NOT_AN_ADDRESS: _("This is not a web address; it begins with http:// or https://."),
        rules.NO_SUCH_INCIDENT: _("There is no incident with this number."),
    }[problem.code]


def refusal_in_words(code: str) -> str:
    """Return why editors refused a submission, as a sentence."""
    said = {
        "off-topic": _("It is not about harm, or near harm, to people, property or nature."),
        "no-ai": _("No AI system played a part in it."),
        "duplicate": _("It is in the database already."),
        "spam": _("It is advertising or makes no sense."),
        "unreadable": _("The source cannot be read."),
        "other": _("Other reasons."),
    }
    return said[code if code in REFUSALS else "other"]


def _typed(name: str, draft: Draft) -> str:
    value = getattr(draft, name)
    if isinstance(value, str):
        return value
    return ("\n" if name in BY_LINE else ", ").join(map(str, value))
