"""Records as the parts of the design system want them: small dataclasses, nothing left to ask."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from incidentbase.kit import text, urls
from incidentbase.serve.web import languages
from incidentbase.store.incidents import rules as incident_rules
from incidentbase.store.incidents.models import Incident
from incidentbase.store.reports import queries as reports
from incidentbase.store.reports.models import Report, ReportTerm
from incidentbase.store.translations.models import IncidentTranslation

INCIDENT_LANGUAGE = "en"
EXCERPT = 240
DESCRIPTION_EXCERPT = 300


@dataclass(frozen=True, slots=True)
class Badge:
    """A short state of a thing."""

    label: str
    kind: str = ""


@dataclass(frozen=True, slots=True)
class NamedLink:
    """A name with its page."""

    name: str
    url: str


@dataclass(frozen=True, slots=True)
class IncidentText:
    """Title and description of an incident in the language shown."""

    title: str
    description: str
    shown: languages.Shown


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece of a passage, and whether it is what was searched for."""

    text: str
    hit: bool


@dataclass(frozen=True, slots=True)
class PassageShown:
    """What `parts/passage.html` shows."""

    where: str
    language: str
    direction: str
    segments: tuple[Segment, ...]
    url: str = ""
    source: str = ""


@dataclass(slots=True)
class IncidentCard:
    """What `parts/incident_card.html` shows."""

    number: int
    title: str
    url: str
    date: dt.date
    report_count: int
    language: str
    direction: str
    description: str = ""
    badges: list[Badge] = field(default_factory=list)
    entities: list[NamedLink] = field(default_factory=list)
    passages: list[PassageShown] = field(default_factory=list)
    why: list[str] = field(default_factory=list)
    sensitive: list[str] = field(default_factory=list)
    title_segments: tuple[Segment, ...] = ()


@dataclass(frozen=True, slots=True)
class ReportCard:
    """What `parts/report_card.html` shows; hashable, so that its HTML can be kept."""

    number: int
    title: str
    language: str
    language_name: str
    direction: str
    source: str
    published: dt.datetime
    url: str
    archive_url: str
    excerpt: str
    authors: tuple[str, ...]
    submitters: tuple[str, ...]
    badges: tuple[Badge, ...]
    translated: bool
    original: str
    page_url: str
    text_url: str
    anchor: str
    is_response: bool
    sensitive: tuple[str, ...] = ()
    passages: tuple[PassageShown, ...] = ()
    why: tuple[str, ...] = ()


def incident_url(number: int) -> str:
    """Return the page of an incident in the present language."""
    return reverse("incident", args=[number])


def report_url(number: int) -> str:
    """Return the page of a report in the present language."""
    return reverse("report", args=[number])


def entity_url(entity_id: str) -> str:
    """Return the page of an entity in the present language."""
    return reverse("entity", args=[entity_id])


def incident_text(incident: Incident, translations: Sequence[IncidentTranslation]) -> IncidentText:
    """Return title and description in the reader's language, or as they were written."""
    shown, translation = languages.choose(INCIDENT_LANGUAGE, translations)
    if translation is None:
        return IncidentText(incident.title, incident.description, shown)
    description = translation.description or incident.description
    return IncidentText(translation.title, description, shown)


def translated_badge() -> Badge:
    """Return the mark of a text that is shown in translation."""
    return Badge(_("Translated"), "accent")


def theme_labels(themes: Sequence[str]) -> list[str]:
    """Return the names of sensitive themes in the reader's language."""
    names = {
        incident_rules.SEXUAL_VIOLENCE: pgettext("sensitive theme", "sexual violence"),
        incident_rules.CHILDREN: pgettext("sensitive theme", "harm to children"),
        incident_rules.SELF_HARM: pgettext("sensitive theme", "self-harm and suicide"),
    }
    return [names[theme] for theme in themes]


def themes_of(incident: Incident) -> tuple[str, ...]:
    """Return the sensitive themes of an incident, judged by its original text."""
    return incident_rules.sensitive_themes(f"{incident.title} {incident.description}")


def incident_card(incident: Incident) -> IncidentCard:
    """Return the card of an incident that was read with its report count and translations."""
    words = incident_text(incident, list(incident.translations.all()))
    return IncidentCard(
        number=incident.incident_id,
        title=words.title,
        url=incident_url(incident.incident_id),
        date=incident.date,
        report_count=incident.report_count,  # type: ignore[attr-defined]
        language=words.shown.language,
        direction=words.shown.direction,
        description=text.excerpt(words.description, DESCRIPTION_EXCERPT),
        badges=[translated_badge()] if words.shown.is_translated else [],
        sensitive=theme_labels(themes_of(incident)),
    )


@dataclass(frozen=True, slots=True)
class ReportText:
    """Title and text of a report in the language shown, cut where its source asks for it."""

    title: str
    markdown: str
    plain: str
    is_cut: bool
    shown: languages.Shown


def report_text(report: Report) -> ReportText:
    """Return what may be shown of a report's text, in the reader's language if stored.

    No reader gets more than `snippet_max_characters` (spec §1.2); a cut text is plain.
    """
    shown, translation = languages.choose(report.language, list(report.translations.all()))
    source = report if translation is None else translation
    title = source.title or report.title
    limit = report.snippet_max_characters
    if len(source.plain_text) > limit:
        cut = text.excerpt(source.plain_text, limit)
        return ReportText(title, cut, cut, is_cut=True, shown=shown)
    return ReportText(title, source.text, source.plain_text, is_cut=False, shown=shown)


def report_card(report: Report, *, themes: Sequence[str] = ()) -> ReportCard:
    """Return the card of a report that was read with its terms and translations."""
    words = report_text(report)
    tags = reports.terms_of(report, ReportTerm.TAG)
    is_response = reports.RESPONSE_TAG in tags
    number = report.report_number
    return ReportCard(
        number=number,
        title=words.title,
        language=words.shown.language,
        language_name="" if words.shown.is_readers_own else languages.name_of(words.shown.original),
        direction=words.shown.direction,
        source=report.source_domain,
        published=report.published_at,
        url=report.url if urls.is_web_url(report.url) else "",
        archive_url=urls.archive_url(report.url) if urls.is_web_url(report.url) else "",
        excerpt=text.excerpt(words.plain, EXCERPT),
        authors=tuple(reports.terms_of(report, ReportTerm.AUTHOR)),
        submitters=tuple(reports.terms_of(report, ReportTerm.SUBMITTER)),
        badges=_report_badges(report, is_response=is_response),
        translated=words.shown.is_translated,
        original=words.shown.original,
        page_url=report_url(number),
        text_url=reverse("report-text", args=[number]),
        anchor=f"r{number}",
        is_response=is_response,
        sensitive=tuple(theme_labels(themes)),
    )


def _report_badges(report: Report, *, is_response: bool) -> tuple[Badge, ...]:
    badges = []
    if is_response:
        badges.append(Badge(_("Response"), "success"))
    if report.inputs_outputs:
        badges.append(Badge(_("Has inputs and outputs")))
    return tuple(badges)
