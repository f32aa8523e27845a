"""The forms of editors: drafts of incidents and reports from posts and stored states, and words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import fields, replace
from typing import Any

from django.conf import settings
from django.http import QueryDict
from django.utils.translation import gettext as _

from incidentbase.kit import ids
from incidentbase.serve.web import languages
from incidentbase.serve.web.forms import reading
from incidentbase.serve.web.forms.submissions import Field
from incidentbase.serve.web.forms.submissions import in_words as submission_in_words
from incidentbase.store.editing import rules
from incidentbase.store.editing.queries import Editable
from incidentbase.store.editing.rules import IncidentDraft, ReportDraft, TranslationDraft
from incidentbase.store.submissions.rules import ENTITY_FIELDS, Problem

# What a form calls otherwise than the store does.
OF_STATE = {"date_published": "published_at", "date_downloaded": "downloaded_at"}
OF_FORM = {stored: typed for typed, stored in OF_STATE.items()}
BY_LINE = (*ENTITY_FIELDS, "authors", "submitters", "tags")
NUMBERS = (rules.LIKE, rules.UNLIKE, "incident_ids")
INCIDENT_LANGUAGE = "en"
_TRANSLATION = re.compile(r"translation-([A-Za-z]{2,3}(?:-[A-Za-z]{2,4})?)-(title|body|checked)")

Draft = IncidentDraft | ReportDraft


def incident_fields() -> list[Field]:
    """Return the fields of an incident in their order."""
    one_each = _("One in each line.")
    numbers = _("Numbers of incidents, separated by commas. They will say the same of this one.")
    return [
        Field("title", _("Title"), 1, required=True),
        Field("date", _("Date of the incident"), 1, type="date", required=True),
        Field("description", _("What happened"), 1, kind="textarea", required=True, rows=5),
        Field("deployers", _("Who deployed the system"), 1, "textarea", help=one_each, rows=3),
        Field("developers", _("Who developed it"), 1, "textarea", help=one_each, rows=3),
        Field("harmed", _("Who was harmed or nearly harmed"), 1, "textarea", help=one_each, rows=3),
        Field("implicated", _("Which systems were involved"), 1, "textarea", help=one_each, rows=3),
        Field("editors", _("Editors"), 1, kind="checkboxes"),
        Field("editor_notes", _("Editor’s notes, shown in public"), 1, kind="textarea", rows=3),
        Field(rules.LIKE, _("Similar incidents"), 2, help=numbers),
        Field(rules.UNLIKE, _("Incidents that are not similar"), 2, help=numbers),
    ]


def report_fields(*, is_variant: bool) -> list[Field]:
    """Return the fields of a report in their order; a variant has no source."""
    one_each = _("One in each line.")
    found = [
        Field("url", _("Address of the report"), 1, type="url", required=True),
        Field("title", _("Title"), 1, required=True),
        Field("authors", _("Authors"), 1, "textarea", help=one_each, required=True, rows=2),
        Field("submitters", _("Submitters"), 1, "textarea", help=one_each, rows=2),
        Field("date_published", _("Date of publication"), 1, type="date", required=True),
        Field("date_downloaded", _("Date of download"), 1, type="date", required=True),
        Field("image_url", _("Address of an image"), 1, type="url"),
        Field("text", _("Text"), 1, "textarea", help=_("Markdown."), required=True, rows=16),
        Field(
            "snippet_max_characters",
            _("Characters of the text that readers see"),
            1,
            type="number",
            help=_("As many as the source permits; 1000000 shows all."),
            required=True,
        ),
        Field("language", _("Language of the text"), 1, kind="select"),
        Field("tags", _("Tags"), 1, "textarea", help=one_each, rows=3),
        Field(
            "incident_ids",
            _("Numbers of the incidents it is about"),
            1,
            help=_("Separated by commas. A report of no incident is an issue report."),
        ),
        Field("editor_notes", _("Notes for the editors"), 1, kind="textarea", rows=3),
        Field("is_quiet", _("Keep it out of the lists of new reports"), 1, kind="checkbox"),
    ]
    sourced = {"url", "title", "authors", "submitters", "image_url"}
    return [field for field in found if not (is_variant and field.name in sourced)]


def incident_draft_from(post: QueryDict) -> IncidentDraft:
    """Return the draft of an incident that a post holds; what was ticked of likeness is in it."""
    given = _given(post, IncidentDraft)
    given["editors"] = tuple(one for one in post.getlist("editors") if ids.is_object_id(one))
    for name in (rules.LIKE, rules.UNLIKE):
        ticked = [key for key in post if key.startswith("likeness-") and post[key] == name]
        given[name] = reading.numbers(
            [post.get(name, ""), *(key.removeprefix("likeness-") for key in ticked)]
        )
    return IncidentDraft(**given)


def report_draft_from(post: QueryDict) -> ReportDraft:
    """Return the draft of a report that a post holds."""
    given = _given(post, ReportDraft)
    given["is_quiet"] = post.get("is_quiet") == "true"
    entries = [entry.replace("\0", "") for entry in post.getlist("inputs_outputs")]
    given["inputs_outputs"] = tuple(entry for entry in entries if entry.strip())
    return ReportDraft(**given)


def _given(post: QueryDict, kind: type[Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for one in fields(kind):
        typed = post.get(one.name, "").replace("\0", "")
        if one.name in BY_LINE:
            found[one.name] = reading.names(typed.split("\n"))
        elif one.name in NUMBERS:
            found[one.name] = reading.numbers([typed])
        elif one.name == "translations":
            found[one.name] = _translations(post)
        elif one.type == "str":
            found[one.name] = typed
    return found


def _translations(post: QueryDict) -> dict[str, TranslationDraft]:
    said: dict[str, dict[str, Any]] = {}
    for key in post:
        if found := _TRANSLATION.fullmatch(key):
            language, what = found[1], found[2]
            typed = post.get(key, "").replace("\0", "")
            values = said.setdefault(language, {})
            if what == "checked":
                values["is_checked"] = typed == "true"
            else:
                values[what] = typed
    return {language: TranslationDraft(**values) for language, values in said.items()}


def incident_draft_of(editable: Editable) -> IncidentDraft:
    """Return what an incident says as a draft."""
    state = editable.state
    names = editable.entity_names
    return IncidentDraft(
        title=state["title"],
        description=state["description"],
        date=state["date"],
        editors=tuple(state["editors"]),
        editor_notes=state["editor_notes"],
        editor_similar=tuple(state[rules.LIKE]),
        editor_dissimilar=tuple(state[rules.UNLIKE]),
        translations=_translations_of(editable, "description"),
        **{role: tuple(names[one] for one in state[role]) for role in ENTITY_FIELDS},
    )


def report_draft_of(editable: Editable) -> ReportDraft:
    """Return what a report says as a draft."""
    state = editable.state
    return ReportDraft(
        date_published=state["published_at"][:10],
        date_downloaded=state["downloaded_at"][:10],
        snippet_max_characters=str(state["snippet_max_characters"]),
        inputs_outputs=tuple(map(str, state["inputs_outputs"])),
        incident_ids=tuple(editable.incidents),
        translations=_translations_of(editable, "text"),
        is_quiet=state["is_quiet"],
        **{
            name: state[name]
            for name in ("url", "title", "image_url", "text", "language", "editor_notes")
        },
        authors=tuple(state["authors"]),
        submitters=tuple(state["submitters"]),
        tags=tuple(state["tags"]),
    )


def _translations_of(editable: Editable, body: str) -> dict[str, TranslationDraft]:
    return {
        language: TranslationDraft(state["title"], state[body])
        for language, state in editable.translations.items()
    }


def clone_of(draft: IncidentDraft) -> IncidentDraft:
    """Return the draft of another incident like this one: its words, date, entities and editors."""
    return replace(draft, translations={}, editor_similar=(), editor_dissimilar=())


def brought_up(typed: Any, fresh: Any, taken: Iterable[str]) -> Any:
    """Return a draft as it was typed, with the values of others in the fields that they changed."""
    changes: dict[str, Any] = {}
    translations = dict(typed.translations)
    for name in taken:
        if name.startswith("translation."):
            _prefix, language, part = name.split(".")
            part = "title" if part == "title" else "body"
            theirs = fresh.translations.get(language, TranslationDraft())
            own = translations.get(language, TranslationDraft())
            translations[language] = replace(own, **{part: getattr(theirs, part)})
        else:
            form_name = OF_FORM.get(name, name)
            changes[form_name] = getattr(fresh, form_name)
    return replace(typed, translations=translations, **changes)


def shown(
    form: Iterable[Field],
    draft: Draft,
    problems: Mapping[str, Problem],
    *,
    people: Mapping[str, str] | None = None,
) -> list[dict[str, Any]]:
    """Return the fields as `parts/field.html` wants them; `people` are the names of editors."""
    found = []
    for field in form:
        value = getattr(draft, field.name)
        problem = problems.get(OF_STATE.get(field.name, field.name))
        found.append(
            field.shown(
                _typed(field.name, value),
                options=_options(field.name, value, people or {}),
                error=in_words(problem) if problem else "",
            )
        )
    return found


def _typed(name: str, value: Any) -> Any:
    if isinstance(value, str | bool):
        return value
    return ("\n" if name in BY_LINE else ", ").join(map(str, value))


def _options(name: str, value: Any, people: Mapping[str, str]) -> list[dict[str, Any]]:
    if name == "language":
        return reading.language_options(value)
    if name == "editors":
        return [
            {"value": key, "label": label, "selected": key in value}
            for key, label in people.items()
        ]
    return []


def shown_translations(
    draft: Draft,
    stored: Mapping[str, Mapping[str, Any]],
    problems: Mapping[str, Problem],
    *,
    original: str,
) -> list[dict[str, Any]]:
    """Return what the form shows of each language: of those stored and those of the interface."""
    own = languages.content_language(original)
    offered = {languages.content_language(code) for code, _name in settings.LANGUAGES} - {own}
    known = {languages.content_language(code) for code in stored}
    found = []
    for code in sorted({*stored, *(offered - known), *draft.translations} - {own}):
        said = draft.translations.get(code, TranslationDraft())
        problem = problems.get(f"translation.{code}.title")
        found.append(
            {
                "code": code,
                "name": languages.name_of(code),
                "title": said.title,
                "body": said.body,
                "is_stored": code in stored,
                "is_stale": bool(stored.get(code, {}).get("is_dirty")),
                "is_checked": said.is_checked,
                "error": in_words(problem) if problem else "",
            }
        )
    return found


def in_words(problem: Problem) -> str:
    """Return what is wrong with a field, as a sentence."""
    if problem.code == rules.IS_ITSELF:
        return _("An incident is not similar to itself.")
    if problem.code == rules.IS_BOTH:
        return _("Incident %(number)s cannot be both similar and not similar.") % {
            "number": problem.limit
        }
    if problem.code == rules.NO_SUCH_EDITOR:
        return _("One of the editors has no account any more.")
    if problem.code == rules.NO_SUCH_REPORT:
        return _("There is no report %(number)s.") % {"number": problem.limit}
    return submission_in_words(problem)


def label_of(name: str, form: Iterable[Field]) -> str:
    """Return what the form calls a field of the state."""
    if name.startswith("translation."):
        _prefix, language, part = name.split(".")
        label = _("Title") if part == "title" else _("Text")
        return f"{label} ({languages.name_of(language)})"
    wanted = OF_FORM.get(name, name)
    return next((field.label for field in form if field.name == wanted), wanted)
