"""Changing many records at once: choose them, say what is to change, look at it, do it.

Records are chosen by their numbers or as the results of Discover, whose parameters this page takes
as well. What is shown in the preview is what is sent on, so the act is about nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from incidentbase.index import search as searching
from incidentbase.serve.http import asking
from incidentbase.serve.http.viewing import viewer_of
from incidentbase.serve.web import chrome
from incidentbase.serve.web.forms import bulk as forms
from incidentbase.serve.web.guarding import editors_page
from incidentbase.store.accounts.rules import Viewer
from incidentbase.store.curation import actions, queries, rules
from incidentbase.store.history import queries as history
from incidentbase.store.incidents import queries as incidents
from incidentbase.store.records.actions import NoSuchRecord, Unfit
from incidentbase.store.reports import queries as reports
from incidentbase.store.submissions import rules as submission_rules
from incidentbase.store.taxonomies import queries as taxonomies

TAGS, CLASSIFICATIONS = "tags", "classifications"
SHOWN = 20
LONGEST_TYPED = 10_000


@dataclass(slots=True)
class Chosen:
    """The records that are to be changed, as typed and as found; what is wrong by field."""

    reports: tuple[int, ...] = ()
    incidents: tuple[int, ...] = ()
    address: str = ""
    errors: dict[str, str] = field(default_factory=dict)

    @property
    def count(self) -> int:
        """How many records they are."""
        return len(self.reports) + len(self.incidents)


@dataclass(slots=True)
class Wanted:
    """What is to change, as typed, and what is wrong with it by field."""

    what: str = ""
    add: str = ""
    remove: str = ""
    namespace: str = ""
    status: str = ""
    publication: str = ""
    reason: str = ""
    errors: dict[str, str] = field(default_factory=dict)

    @property
    def is_published(self) -> bool | None:
        """Whether classifications are to be published; None when that stays as it is."""
        return {"yes": True, "no": False}.get(self.publication)


@editors_page
def page(request: HttpRequest) -> HttpResponse:
    """Show the step that the request has come to."""
    viewer = viewer_of(request)
    if request.method != "POST":
        return _begun(request, viewer)
    step = request.POST.get("do", "choose")
    chosen = _typed_records(request.POST, viewer)
    query = asking.query_of(chosen.address)
    if query and chosen.count:
        chosen.errors["address"] = _("Give numbers or an address, not both.")
    elif query:
        return HttpResponseRedirect(f"{request.path}?{query}")
    if chosen.errors or not chosen.count:
        return _start(request, chosen)
    wanted = _wanted(request.POST)
    if step not in ("preview", "apply"):
        return _changes(request, chosen, wanted)
    _check(chosen, wanted)
    if wanted.errors:
        return _changes(request, chosen, wanted, status=422)
    if step == "apply":
        return _done(request, chosen, wanted, viewer)
    return _preview(request, chosen, wanted, viewer)


# Choosing


def _begun(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    asks = any(request.GET.get(name) for name in asking.NARROWING)
    if not asks:
        chosen = Chosen()
        if request.GET.get("reports") or request.GET.get("incidents"):
            chosen = _typed_records(request.GET, viewer)
        if chosen.count and not chosen.errors:
            return _changes(request, chosen, Wanted())
        return _start(request, chosen)
    found = list(
        islice(
            searching.every_hit(asking.read(request.GET).search, viewer=viewer),
            rules.MOST_AT_ONCE + 1,
        )
    )
    chosen = Chosen(
        reports=tuple(hit.report.report_number for hit in found if hit.report),
        incidents=tuple(hit.incident.incident_id for hit in found if hit.incident),
        address=f"{reverse('discover')}?{request.GET.urlencode()}",
    )
    if not found:
        chosen.errors["address"] = _("Nothing was found there.")
    elif chosen.count > rules.MOST_AT_ONCE:
        chosen.errors["address"] = _too_many()
    return _start(request, chosen) if chosen.errors else _changes(request, chosen, Wanted())


def _typed_records(query: QueryDict, viewer: Viewer) -> Chosen:
    """Return the records whose numbers were typed, with what is wrong with them."""
    own = forms.numbers_in([forms.typed(query, "reports")])
    other = forms.numbers_in([forms.typed(query, "incidents")])
    chosen = Chosen(own.found, other.found, forms.typed(query, "address")[:LONGEST_TYPED])
    shown = reports.visible(viewer).filter(report_number__in=own.found)
    known = set(shown.values_list("report_number", flat=True))
    listed = incidents.listed(viewer).filter(incident_id__in=other.found)
    if own.nonsense:
        chosen.errors["reports"] = _("“%(part)s” is not a number.") % {"part": own.nonsense}
    elif missing := [number for number in own.found if number not in known]:
        chosen.errors["reports"] = _("There is no report %(number)s.") % {"number": missing[0]}
    if other.found or other.nonsense:
        among = listed.values_list("incident_id", flat=True)
        if error := forms.problem_of_numbers(other, among=among):
            chosen.errors["incidents"] = error
    if chosen.count > rules.MOST_AT_ONCE:
        chosen.errors["reports" if chosen.reports else "incidents"] = _too_many()
    if not chosen.count and not chosen.errors:
        chosen.errors["address" if chosen.address else "reports"] = (
            _("This is not an address of Discover that narrows the records down.")
            if chosen.address
            else _("Please fill this in.")
        )
    return chosen


def _too_many() -> str:
    return ngettext(
        "At most %(limit)s record is changed at once.",
        "At most %(limit)s records are changed at once.",
        rules.MOST_AT_ONCE,
    ) % {"limit": rules.MOST_AT_ONCE}


def _start(request: HttpRequest, chosen: Chosen) -> HttpResponse:
    labels = {
        "reports": (_("Numbers of reports"), _joined(chosen.reports)),
        "incidents": (_("Numbers of incidents"), _joined(chosen.incidents)),
        "address": (_("Or an address of Discover"), chosen.address),
    }
    helps = {
        "address": _("All that it finds is taken, at most 1,000 records."),
    }
    context = {
        "fields": [
            forms.field(
                name,
                label,
                kind="" if name == "address" else "textarea",
                rows=2,
                value=value,
                error=chosen.errors.get(name, ""),
                help=helps.get(name, _("Separate several with commas.")),
            )
            for name, (label, value) in labels.items()
        ],
        "meta": _meta(),
    }
    return render(request, "pages/bulk/choose.html", context, status=422 if chosen.errors else 200)


def _joined(numbers: tuple[int, ...]) -> str:
    return ", ".join(map(str, numbers))


def _meta() -> chrome.Meta:
    return chrome.Meta(title=_("Change many records"), robots="noindex")


# Saying what is to change


def _wanted(query: QueryDict) -> Wanted:
    return Wanted(
        what=forms.typed(query, "what"),
        add=forms.typed(query, "add"),
        remove=forms.typed(query, "remove"),
        namespace=forms.typed(query, "namespace"),
        status=forms.typed(query, "status"),
        publication=forms.typed(query, "publication"),
        reason=forms.typed(query, "reason"),
    )


def _check(chosen: Chosen, wanted: Wanted) -> None:
    error = forms.problem_of_length(wanted.reason, forms.LONGEST_REASON, is_needed=False)
    if error:
        wanted.errors["reason"] = error
    if wanted.what == TAGS and chosen.reports:
        _check_tags(wanted)
    elif wanted.what == CLASSIFICATIONS:
        _check_classifications(wanted)
    else:
        wanted.errors["what"] = _("Please choose what is to change.")


def _check_tags(wanted: Wanted) -> None:
    add, remove = forms.tags_in(wanted.add), forms.tags_in(wanted.remove)
    if not add and not remove:
        wanted.errors["add"] = _("Name at least one tag, here or below.")
    elif submission_rules.problems_of_tags(add) is not None:
        wanted.errors["add"] = _("A tag is too long, or there are too many of them.")
    elif set(add) & set(remove):
        wanted.errors["remove"] = _("The same tag is to be added and to be taken away.")


def _check_classifications(wanted: Wanted) -> None:
    known = {row.namespace for row in taxonomies.all_namespaces()}
    permitted = taxonomies.permitted_values(wanted.namespace, rules.STATUS_FIELD)
    if wanted.namespace not in known:
        wanted.errors["namespace"] = _("Please choose a taxonomy.")
    elif wanted.status and wanted.status not in permitted:
        wanted.errors["status"] = _("%(taxonomy)s has no such status.") % {
            "taxonomy": wanted.namespace
        }
    elif not wanted.status and wanted.is_published is None:
        wanted.errors["status"] = _("Choose a status, or whether they are published.")


def _changes(
    request: HttpRequest, chosen: Chosen, wanted: Wanted, *, status: int = 200
) -> HttpResponse:
    context = {
        "summary": _summary(chosen),
        "has_reports": bool(chosen.reports),
        "hidden": _hidden_records(chosen),
        "tag_fields": _tag_fields(wanted),
        "classification_fields": _classification_fields(wanted),
        "has_problems": bool(wanted.errors),
        "what_error": wanted.errors.get("what", ""),
        "meta": _meta(),
    }
    return render(request, "pages/bulk/changes.html", context, status=status)


def _summary(chosen: Chosen) -> str:
    said = []
    if chosen.incidents:
        number = len(chosen.incidents)
        said.append(
            ngettext("%(number)s incident", "%(number)s incidents", number) % {"number": number}
        )
    if chosen.reports:
        number = len(chosen.reports)
        said.append(
            ngettext("%(number)s report", "%(number)s reports", number) % {"number": number}
        )
    return ", ".join(said)


def _hidden_records(chosen: Chosen) -> dict[str, str]:
    return {
        "reports": ",".join(map(str, chosen.reports)),
        "incidents": ",".join(map(str, chosen.incidents)),
    }


def _reason_field(wanted: Wanted) -> dict[str, Any]:
    return forms.field(
        "reason",
        _("Reason, for the history"),
        value=wanted.reason,
        error=wanted.errors.get("reason", ""),
    )


def _tag_fields(wanted: Wanted) -> list[dict[str, Any]]:
    commas = _("Separate several with commas.")
    errors = wanted.errors if wanted.what == TAGS else {}
    named = (("add", _("Add tags"), wanted.add), ("remove", _("Take tags away"), wanted.remove))
    return [
        forms.field(name, label, value=value, error=errors.get(name, ""), help=commas)
        for name, label, value in named
    ]


def _classification_fields(wanted: Wanted) -> list[dict[str, Any]]:
    as_it_is = ("", _("As it is"))
    statuses = taxonomies.namespaces_with(rules.STATUS_FIELD)
    namespaces = [("", _("Choose")), *((row.namespace,) * 2 for row in taxonomies.all_namespaces())]
    values = dict.fromkeys(value for named in statuses.values() for value in named)
    errors = wanted.errors if wanted.what == CLASSIFICATIONS else {}
    selects = (
        ("namespace", _("Taxonomy"), namespaces, wanted.namespace, ""),
        (
            "status",
            _("Annotation status"),
            [as_it_is, *((value, value) for value in values)],
            wanted.status,
            _("Taxonomies that have one: %(names)s.") % {"names": ", ".join(statuses)}
            if statuses
            else "",
        ),
        (
            "publication",
            pgettext("state of classifications", "Published"),
            [as_it_is, ("yes", _("Yes")), ("no", _("No"))],
            wanted.publication,
            "",
        ),
    )
    return [
        forms.field(
            name,
            label,
            kind="select",
            options=forms.options(pairs, chosen),
            help=said,
            error=errors.get(name, ""),
            required=name == "namespace",
        )
        for name, label, pairs, chosen, said in selects
    ]


# Looking at it, and doing it


def _preview(
    request: HttpRequest, chosen: Chosen, wanted: Wanted, viewer: Viewer, *, status: int = 200
) -> HttpResponse:
    lines = _tag_lines(chosen, wanted, viewer) if wanted.what == TAGS else None
    if lines is None:
        lines = _classification_lines(chosen, wanted, viewer)
    changing = [line for line in lines if line.before != line.after]
    context = {
        "summary": _summary(chosen),
        "total": len(lines),
        "changing": len(changing),
        "unchanged": len(lines) - len(changing),
        "lines": changing[:SHOWN],
        "left_out": max(0, len(changing) - SHOWN),
        "is_about_tags": wanted.what == TAGS,
        "hidden": {
            **_hidden_records(chosen),
            "what": wanted.what,
            "add": wanted.add,
            "remove": wanted.remove,
            "namespace": wanted.namespace,
            "status": wanted.status,
            "publication": wanted.publication,
        },
        "reason_fields": [_reason_field(wanted)],
        "is_late": status == 409,
        "meta": _meta(),
    }
    return render(request, "pages/bulk/preview.html", context, status=status)


@dataclass(frozen=True, slots=True)
class Line:
    """One record of the preview: what it says now, and what it will say."""

    label: str
    title: str
    before: str
    after: str


def _tag_lines(chosen: Chosen, wanted: Wanted, viewer: Viewer) -> list[Line]:
    add, remove = forms.tags_in(wanted.add), forms.tags_in(wanted.remove)
    return [
        Line(
            _("Report %(number)s") % {"number": row.number},
            row.title,
            ", ".join(row.tags),
            ", ".join(rules.with_tags(row.tags, add=add, remove=remove)),
        )
        for row in reports.tagged(chosen.reports, viewer=viewer)
    ]


def _classification_lines(chosen: Chosen, wanted: Wanted, viewer: Viewer) -> list[Line]:
    marks = queries.marks_of(
        wanted.namespace, incidents=chosen.incidents, reports=chosen.reports, viewer=viewer
    )
    lines = []
    for mark in marks:
        then = mark.marked(status=wanted.status, is_published=wanted.is_published)
        label = (
            _("Incident %(number)s") % {"number": mark.incident}
            if mark.incident
            else _("Report %(number)s") % {"number": mark.report}
        )
        lines.append(Line(label, mark.title, _mark_in_words(mark), _mark_in_words(then)))
    return lines


def _mark_in_words(mark: queries.Mark) -> str:
    published = _("published") if mark.is_published else _("not published")
    return f"{mark.status or _('no status')} · {published}"


def _done(request: HttpRequest, chosen: Chosen, wanted: Wanted, viewer: Viewer) -> HttpResponse:
    head = history.head_seq()
    try:
        number = _applied(chosen, wanted, viewer)
    except (NoSuchRecord, Unfit):
        return _preview(request, chosen, wanted, viewer, status=409)
    group = history.newest_act(viewer.label, after=head)
    if group is None:
        messages.info(request, _("Nothing was changed: all was so already."))
        return HttpResponseRedirect(request.path)
    said = ngettext(
        "%(number)s record was changed.", "%(number)s records were changed.", number
    ) % {"number": number}
    messages.success(request, said)
    return HttpResponseRedirect(reverse("act", args=[group]))


def _applied(chosen: Chosen, wanted: Wanted, viewer: Viewer) -> int:
    if wanted.what == TAGS:
        return actions.change_tags(
            chosen.reports,
            add=forms.tags_in(wanted.add),
            remove=forms.tags_in(wanted.remove),
            actor=viewer,
            reason=wanted.reason,
        )
    return actions.mark_classifications(
        wanted.namespace,
        incidents=chosen.incidents,
        reports=chosen.reports,
        status=wanted.status,
        is_published=wanted.is_published,
        actor=viewer,
        reason=wanted.reason,
    )
