"""The review desk: the queue at the left, the source in the middle, the decision at the right.

Editors only; to others it does not exist. A post says by `do` what is to be done. `desk.js` saves
while one types and brings the keys; without it every button works by itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache

from incidentbase.kit import html, ids, urls
from incidentbase.serve.http import params
from incidentbase.serve.http.viewing import viewer_of
from incidentbase.serve.web import chrome, errors, images, languages, naming, presenting
from incidentbase.serve.web.forms import submissions as forms
from incidentbase.serve.web.pages import submissions as public
from incidentbase.store.accounts import queries as accounts
from incidentbase.store.accounts.rules import INCIDENT_EDITOR, Viewer
from incidentbase.store.incidents import queries as incidents
from incidentbase.store.records import queries as recorded
from incidentbase.store.records.actions import EditConflict, NoSuchRecord, Unfit, version_of
from incidentbase.store.review import actions, queries
from incidentbase.store.review.rules import MCP, REFUSALS, Draft
from incidentbase.store.submissions import rules
from incidentbase.store.submissions.rules import Problem, Target

PAGE_SIZE = 50
# As many stand beside the one at hand.
BESIDE = 12
FILTERS = ("status", "assigned", "language", "q", "order")
ASSIGNING = {"assign": actions.assign, "unassign": actions.unassign}


@dataclass(frozen=True, slots=True)
class Filters:
    """What of the queue is shown, as the address says."""

    status: str = ""
    assigned: str = ""
    language: str = ""
    q: str = ""
    order: str = ""

    def rows(self, viewer: Viewer) -> Any:
        """Return the submissions that are shown."""
        assigned = viewer.account_id if self.assigned == "me" else self.assigned
        return queries.waiting(
            status=self.status,
            assigned=assigned,
            language=self.language,
            text=self.q,
            oldest=self.order == "oldest",
        )

    def query(self, **more: str) -> str:
        """Return the filters as the query of an address."""
        given = {name: getattr(self, name) for name in FILTERS} | more
        kept = {name: value for name, value in given.items() if value}
        return f"?{urlencode(kept)}" if kept else ""


def _filters(request: HttpRequest) -> Filters:
    given = {name: request.GET.get(name, "").replace("\0", "")[:200] for name in FILTERS}
    if given["assigned"] not in ("me", queries.NOBODY) and not ids.is_object_id(given["assigned"]):
        given["assigned"] = ""
    return Filters(**given)


@never_cache
def listing(request: HttpRequest) -> HttpResponse:
    """Show the queue, and do to those that are ticked what was asked."""
    viewer = viewer_of(request)
    if not viewer.has_role(INCIDENT_EDITOR):
        return errors.not_found(request)
    filters = _filters(request)
    if request.method == "POST":
        return _in_bulk(request, filters, viewer)
    pages = Paginator(filters.rows(viewer), PAGE_SIZE)
    place = pages.get_page(params.page_number(request))
    context = {
        "rows": [_row(row, filters, viewer) for row in place.object_list],
        "total": pages.count,
        "filters": filters,
        "choices": _choices(filters),
        "refusals": _refusals(),
        "page": place.number,
        "pages": pages.num_pages,
        "previous_url": params.with_page(request, place.number - 1) if place.has_previous() else "",
        "next_url": params.with_page(request, place.number + 1) if place.has_next() else "",
        "said": _said(request),
        "editors": _editors(),
        "links": queries.quick_adds()[:PAGE_SIZE],
        "links_total": queries.quick_adds().count(),
        "meta": chrome.describe(request, title=_("Review desk"), robots="noindex"),
    }
    return render(request, "pages/review/queue.html", context)


def _editors(also: Sequence[str] = ()) -> list[dict[str, Any]]:
    """Return those who may be asked to review, and the accounts `also`, as options of a select."""
    return [
        {"value": key, "label": naming.editor(key, name), "selected": False}
        for key, name in accounts.names_of_editors(also).items()
    ]


def _said(request: HttpRequest) -> str:
    """Return what was done, as the address after it says."""
    done, number = request.GET.get("done", ""), request.GET.get("number", "")
    if not number.isascii() or not number.isdigit() or len(number) > 9:
        return ""
    count = int(number)
    if done == "report":
        return _("Accepted as report %(number)s.") % {"number": count}
    if done == "reject":
        return ngettext(
            "%(number)s submission was not accepted.",
            "%(number)s submissions were not accepted.",
            count,
        ) % {"number": count}
    if done == "dismiss":
        return ngettext(
            "%(number)s link was taken off the list.",
            "%(number)s links were taken off the list.",
            count,
        ) % {"number": count}
    if done == "claim":
        return ngettext(
            "%(number)s submission changed hands.", "%(number)s submissions changed hands.", count
        ) % {"number": count}
    return ""


def _in_bulk(request: HttpRequest, filters: Filters, viewer: Viewer) -> HttpResponse:
    chosen = [one for one in request.POST.getlist("chosen") if ids.is_object_id(one)]
    wanted = request.POST.get("do", "")
    done, number = wanted, 0
    try:
        if wanted == "claim":
            number = actions.claim(chosen, actor=viewer)
        elif wanted == "unclaim":
            done, number = "claim", actions.unclaim(chosen, actor=viewer)
        elif wanted in ASSIGNING:
            act = ASSIGNING[wanted]
            done, number = "claim", act(chosen, _editor(request), actor=viewer)
        elif wanted == "dismiss":
            number = actions.dismiss_links(chosen, actor=viewer, reason=params.reason(request))
        elif wanted == "reject":
            code = request.POST.get("code", "")
            number = actions.reject_all(
                chosen,
                code=code if code in REFUSALS else "other",
                reason=params.reason(request),
                actor=viewer,
            )
    except (NoSuchRecord, Unfit):
        return errors.not_found(request)
    return HttpResponseRedirect(request.path + filters.query(done=done, number=str(number)))


def _editor(request: HttpRequest) -> str:
    return request.POST.get("editor", "")


def _row(row: Any, filters: Filters, viewer: Viewer) -> dict[str, Any]:
    editors = row.payload.get("incident_editors") or []
    return {
        **public.row_of(row),
        "id": row.public_id,
        "url": reverse("review", args=[row.public_id]) + filters.query(),
        "is_own": viewer.account_id in editors and bool(viewer.account_id),
        "editors": len(editors),
        "is_by_program": row.payload.get("via") == MCP,
    }


def _choices(filters: Filters) -> list[dict[str, Any]]:
    """Return the selects of the filters as `parts/field.html` wants them."""
    everyone = ("", _("All"))
    lists = {
        "status": (
            _("State"),
            [everyone, *((one, public.status_of(one)) for one in (rules.PENDING, rules.IN_REVIEW))],
        ),
        "assigned": (
            _("Editor"),
            [
                everyone,
                ("me", _("Me")),
                (queries.NOBODY, _("Nobody")),
                *((one["value"], one["label"]) for one in _editors()),
            ],
        ),
        "language": (
            _("Language"),
            [everyone, *((code, languages.name_of(code)) for code in queries.languages())],
        ),
        "order": (_("Order"), [("", _("Newest first")), ("oldest", _("Oldest first"))]),
    }
    return [
        {
            "name": name,
            "label": label,
            "options": [
                {"value": value, "label": said, "selected": value == getattr(filters, name)}
                for value, said in options
            ],
        }
        for name, (label, options) in lists.items()
    ]


def _refusals() -> list[dict[str, Any]]:
    return [{"value": code, "label": forms.refusal_in_words(code)} for code in REFUSALS]


@never_cache
def desk(request: HttpRequest, object_id: str) -> HttpResponse:
    """Show one submission with what is around it, and do what was asked."""
    viewer = viewer_of(request)
    if not viewer.has_role(INCIDENT_EDITOR) or not ids.is_object_id(object_id):
        return errors.not_found(request)
    state = recorded.state_of("submission", object_id)
    if state is None:
        return errors.not_found(request)
    if request.method == "POST":
        return _done(request, object_id, state, viewer)
    return _desk(request, state, forms.draft_of(state), viewer)


def _done(
    request: HttpRequest, object_id: str, state: dict[str, Any], viewer: Viewer
) -> HttpResponse:
    """Save what was typed, then do what was asked; what stands in the way is said in the page."""
    draft = forms.draft_from(request.POST)
    wanted = request.POST.get("do", "save")
    seen = request.POST.get("seen", "")
    try:
        revised = actions.revise(object_id, draft, seen=seen, actor=viewer)
        saved = revised.state
        seen = version_of(saved)
        draft = forms.with_taken(draft, forms.draft_of(saved), revised.taken)
        if wanted == "autosave":
            taken = forms.typed(draft, revised.taken)
            return JsonResponse({"version": seen, "taken": taken})
        if wanted == "preview-image":
            image = images.preview(request, draft.image_url)
            return _desk(request, saved, draft, viewer, image=image, status=image.status)
        return _decided(request, object_id, saved, draft, wanted, viewer)
    except actions.NotReady as refused:
        if wanted == "autosave":
            said = {name: forms.in_words(one) for name, one in refused.problems.items()}
            return JsonResponse({"problems": said}, status=422)
        fresh = recorded.state_of("submission", object_id) or state
        return _desk(
            request, fresh, draft, viewer, seen=seen, problems=refused.problems, status=422
        )
    except EditConflict as conflict:
        if wanted == "autosave":
            return JsonResponse({"clashes": sorted(_labels(conflict))}, status=409)
        fresh = recorded.state_of("submission", object_id) or state
        draft = forms.with_taken(draft, forms.draft_of(fresh), conflict.taken)
        return _desk(
            request, fresh, draft, viewer, seen=conflict.version, conflict=conflict, status=409
        )
    except actions.AlreadyDone:
        fresh = recorded.state_of("submission", object_id) or state
        return _desk(request, fresh, forms.draft_of(fresh), viewer, status=409)


def _decided(
    request: HttpRequest,
    object_id: str,
    saved: Mapping[str, Any],
    draft: Draft,
    wanted: str,
    viewer: Viewer,
) -> HttpResponse:
    filters = _filters(request)
    here = request.path + filters.query()
    if wanted in ("claim", "unclaim"):
        act = actions.claim if wanted == "claim" else actions.unclaim
        act([object_id], actor=viewer)
        return HttpResponseRedirect(here)
    if wanted in ASSIGNING:
        try:
            ASSIGNING[wanted]([object_id], _editor(request), actor=viewer)
        except Unfit:
            return errors.not_found(request)
        return HttpResponseRedirect(here)
    if wanted == "reject":
        code = request.POST.get("code", "")
        actions.reject(
            object_id,
            code=code if code in REFUSALS else "other",
            reason=params.reason(request),
            actor=viewer,
        )
        return _next(request, filters, viewer, done="reject", number=1)
    targets: dict[str, Target] = {
        "new": "new",
        "existing": "existing",
        "issue": "issue",
        "variant": "variant",
    }
    if wanted not in targets:
        return HttpResponseRedirect(here)
    try:
        promoted = actions.promote(
            object_id, target=targets[wanted], numbers=draft.incident_ids, actor=viewer
        )
    except (NoSuchRecord, Unfit):
        problems = {"incident_ids": Problem(rules.NO_SUCH_INCIDENT)}
        return _desk(request, saved, draft, viewer, problems=problems, status=422)
    return _next(request, filters, viewer, done="report", number=promoted.report)


def _next(
    request: HttpRequest, filters: Filters, viewer: Viewer, *, done: str, number: int
) -> HttpResponse:
    """Lead to the next submission, or to the queue when none is left."""
    row = filters.rows(viewer).first()
    target = reverse("review", args=[row.public_id]) if row else reverse("review-queue")
    return HttpResponseRedirect(target + filters.query(done=done, number=str(number)))


def _labels(conflict: EditConflict) -> dict[str, str]:
    """Return what the clashing fields are called, with what others wrote into them."""
    names = {field.name: field.label for field in forms.field_list()}
    found = {}
    for name, clash in conflict.clashes.items():
        bare = name.removeprefix("payload.")
        theirs = clash.theirs
        said = ", ".join(map(str, theirs)) if isinstance(theirs, list) else str(theirs)
        if bare in names:
            found[names[bare]] = said
    return found


def _desk(
    request: HttpRequest,
    state: Mapping[str, Any],
    draft: Draft,
    viewer: Viewer,
    *,
    seen: str = "",
    problems: Mapping[str, Problem] | None = None,
    conflict: EditConflict | None = None,
    image: images.Preview | None = None,
    status: int = 200,
) -> HttpResponse:
    """Show the desk; `seen` is the version on which a draft that is not saved builds."""
    filters = _filters(request)
    editors = state["payload"].get("incident_editors") or []
    names = forms.shown(draft, problems or {})
    people = _editors(editors)
    around = _around(filters, state["object_id"], viewer)
    promoted = state["payload"].get("promoted") or {}
    context = {
        "id": state["object_id"],
        "title": state["title"],
        "url": state["url"] if urls.is_web_url(state["url"]) else "",
        "archive_url": urls.archive_url(state["url"]) if urls.is_web_url(state["url"]) else "",
        "source": state["source_domain"],
        "language": state["language"],
        "article": mark_safe(html.markdown_to_html(state["text"])),  # noqa: S308 (sanitized)
        "status": public.status_of(state["status"] or rules.PENDING),
        "is_by_program": state["payload"].get("via") == MCP,
        "is_open": state["status"] in rules.OPEN,
        "is_own": bool(viewer.account_id) and viewer.account_id in editors,
        "assigned": [
            one for one in people if one["value"] in editors and one["value"] != viewer.account_id
        ],
        "others": [one for one in people if one["value"] not in editors],
        "fields": names,
        "image": image or images.Preview(),
        "has_problems": bool(problems),
        "theirs": _labels(conflict) if conflict else {},
        "seen": seen or version_of(dict(state)),
        "known": public.known(draft, viewer, without=state["object_id"]),
        "refusals": _refusals(),
        "said": _said(request),
        "filters": filters,
        "queue_url": reverse("review-queue") + filters.query(),
        "report_url": presenting.report_url(promoted["report"]) if promoted else "",
        "incidents": list(incidents.cards(promoted.get("incidents", ()), viewer=viewer)),
        **around,
        "meta": chrome.describe(request, title=_("Review desk"), robots="noindex"),
    }
    return render(request, "pages/review/desk.html", context, status=status)


def _around(filters: Filters, object_id: str, viewer: Viewer) -> dict[str, Any]:
    """Return the submissions beside the one at hand, and those before and after it."""
    keys = list(filters.rows(viewer).values_list("public_id", flat=True))
    at = keys.index(object_id) if object_id in keys else -1
    start = max(0, at - BESIDE // 2)
    beside = keys[start : start + BESIDE]
    rows = {row.public_id: row for row in queries.queue().filter(public_id__in=beside)}

    def url(place: int) -> str:
        return reverse("review", args=[keys[place]]) + filters.query()

    return {
        "beside": [
            {**_row(rows[key], filters, viewer), "is_here": key == object_id}
            for key in beside
            if key in rows
        ],
        "total": len(keys),
        "place": at + 1,
        "previous_url": url(at - 1) if at > 0 else "",
        "next_url": url(at + 1) if 0 <= at < len(keys) - 1 else "",
    }
