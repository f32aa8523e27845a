"""Submitting: the form, a bare link, the queue that everybody may see, and what became of it.

Everything works by plain posts. A post says what it wants by `do`: `fetch` reads the address and
fills what is empty, `preview` shows the text, `preview-image` the image, `submit` sends it in.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from incidentbase.index import similar
from incidentbase.ingest import capture
from incidentbase.kit import html, ids, paging, text
from incidentbase.serve.http import limits, params, tracking
from incidentbase.serve.http.viewing import viewer_of
from incidentbase.serve.web import chrome, errors, friction, images, languages, presenting
from incidentbase.serve.web.forms import submissions as forms
from incidentbase.store.accounts import queries as accounts
from incidentbase.store.accounts.rules import INCIDENT_EDITOR, Viewer
from incidentbase.store.incidents import queries as incidents
from incidentbase.store.records import queries as recorded
from incidentbase.store.records.actions import EditConflict, version_of
from incidentbase.store.reports import queries as reports
from incidentbase.store.review import actions as review
from incidentbase.store.review import queries as reviewed
from incidentbase.store.review import rules as review_rules
from incidentbase.store.review.rules import Draft
from incidentbase.store.submissions import rules
from incidentbase.store.submissions.rules import Problem

ALIKE = 5
# Less text says too little about what an incident is like.
FEWEST_CHARACTERS = 40
PAGE_SIZE = 50


@never_cache
def page(request: HttpRequest) -> HttpResponse:
    """Show the form, and take in what was typed."""
    viewer = viewer_of(request)
    if request.method != "POST":
        draft = forms.draft_from(request.GET)
        if not draft.date_downloaded:
            draft = replace(draft, date_downloaded=viewer.at.date().isoformat())
        if not draft.submitters and (own := accounts.name_of(viewer)):
            draft = replace(draft, submitters=(own,))
        return _form(request, draft, fetched="")
    draft = forms.draft_from(request.POST)
    wanted = request.POST.get("do", "submit")
    if wanted == "fetch":
        return _fetched(request, draft)
    if wanted == "preview":
        return _form(request, draft, preview=True)
    if wanted == "preview-image":
        image = images.preview(request, draft.image_url)
        return _form(request, draft, image=image, status=image.status)
    return _submitted(request, draft)


def _fetched(request: HttpRequest, draft: Draft) -> HttpResponse:
    """Fill the form from its address; whatever goes wrong is said beside the address."""
    if problems := rules.problems_of_link(draft.url):
        return _form(request, draft, problems=problems, status=422)
    if not limits.take("capture", request):
        return _form(request, draft, error=_("That was often. Please wait a while."), status=429)
    try:
        article = capture.read_address(
            draft.url,
            at=viewer_of(request).at,
            allow=settings.FETCH_ALLOW,
            obey_robots=settings.FETCH_ROBOTS,
            keeper=cache,
        )
    except capture.CaptureFailed as failure:
        said = capture.message(failure.reason, failure.values, translate=_)
        if failure.found is not None:
            draft, _names = forms.filled(draft, failure.found)
        return _form(request, draft, error=said, status=422)
    draft, names = forms.filled(draft, article)
    notes = [capture.message(note, {}, translate=_) for note in article.notes]
    labels = {field.name: field.label for field in forms.field_list()}
    return _form(
        request,
        replace(draft, url=article.canonical_url),
        fetched=", ".join(labels[name] for name in names),
        notes=notes,
    )


def _submitted(request: HttpRequest, draft: Draft) -> HttpResponse:
    viewer = viewer_of(request)
    problems = _unknown_incidents(draft, viewer)
    at_hand = known(draft, viewer)
    if at_hand["reports"] and not problems and request.POST.get("anyway") != "yes":
        return _form(request, draft, must_confirm=True, status=409)
    if error := friction.suspicion(request, viewer.at, limit="submit"):
        return _form(request, draft, error=error, status=429)
    try:
        if problems:
            raise review.NotReady(problems)
        object_id = review.submit(draft, actor=viewer)
    except review.NotReady as refused:
        return _form(request, draft, problems={**refused.problems, **problems}, status=422)
    url = reverse("submission", args=[tracking.code_for(object_id)])
    return HttpResponseRedirect(f"{url}?new=1")


def _unknown_incidents(draft: Draft, viewer: Viewer) -> dict[str, Problem]:
    shown = incidents.cards(draft.incident_ids, viewer=viewer) if draft.incident_ids else {}
    missing = [number for number in draft.incident_ids if number not in shown]
    return {"incident_ids": Problem(rules.NO_SUCH_INCIDENT, missing[0])} if missing else {}


def _form(
    request: HttpRequest,
    draft: Draft,
    *,
    problems: Mapping[str, Problem] | None = None,
    error: str = "",
    fetched: str | None = None,
    notes: list[str] | None = None,
    preview: bool = False,
    image: images.Preview | None = None,
    must_confirm: bool = False,
    status: int = 200,
) -> HttpResponse:
    viewer = viewer_of(request)
    problems = problems or {}
    steps = [
        {"number": 1, "title": _("The report"), "fields": forms.shown(draft, problems, step=1)},
        {"number": 2, "title": _("Details"), "fields": forms.shown(draft, problems, step=2)},
        {"number": 3, "title": _("The incident"), "fields": forms.shown(draft, problems, step=3)},
    ]
    context = {
        "steps": steps,
        "error": error,
        "has_problems": bool(problems),
        "fetched": fetched,
        "notes": notes or [],
        "known": known(draft, viewer) if draft.url or draft.title else {},
        "must_confirm": must_confirm,
        "preview": _html(draft.text) if preview else "",
        "image": image or images.Preview(),
        "trap": friction.TRAP,
        "seal_name": friction.SEAL,
        "seal": friction.seal(viewer.at),
        "meta": chrome.describe(
            request,
            title=_("Submit a report"),
            description=_("Send in a report of harm, or near harm, from an AI system."),
            robots="noindex, follow" if request.GET else "",
        ),
    }
    return render(request, "pages/submissions/submit.html", context, status=status)


def _html(markdown: str) -> str:
    return mark_safe(html.markdown_to_html(markdown))  # noqa: S308 (made by the sanitizer)


def known(draft: Draft, viewer: Viewer, *, without: str = "") -> dict[str, Any]:
    """Return what the database has of a source, and incidents that read like it.

    `without` is the id of the submission that is looked at itself.
    """
    found: dict[str, Any] = {"reports": [], "submissions": [], "incidents": []}
    if draft.url and not rules.problems_of_link(draft.url):
        numbers = reviewed.reports_at(draft.url, viewer=viewer)
        rows = reports.complete(viewer).filter(report_number__in=numbers[:ALIKE])
        found["reports"] = [
            {
                "number": row.report_number,
                "title": row.title,
                "url": presenting.report_url(row.report_number),
            }
            for row in rows
        ]
        others = [one for one in reviewed.submissions_at(draft.url) if one.public_id != without]
        found["submissions"] = [{"title": row.title} for row in others[:ALIKE]]
    words = f"{draft.title}\n{text.excerpt(text.markdown_to_plain(draft.text), 600)}"
    if len(words) >= FEWEST_CHARACTERS:
        numbers = similar.by_words(words, limit=ALIKE, viewer=viewer)
        cards = incidents.cards(numbers, viewer=viewer)
        found["incidents"] = [presenting.incident_card(cards[n]) for n in numbers if n in cards]
    return found


@require_POST
@never_cache
def known_so_far(request: HttpRequest) -> HttpResponse:
    """Return what the database has of what is being typed, as a part of the page."""
    if not limits.take("known", request):
        return errors.too_many_requests(request)
    draft = forms.draft_from(request.POST)
    context = {"known": known(draft, viewer_of(request)), "may_use": True}
    return render(request, "pages/submissions/known.html", context)


@require_POST
def quick_add(request: HttpRequest) -> HttpResponse:
    """Take in a bare link."""
    viewer = viewer_of(request)
    error = _suspicion_of_link(request)
    if not error:
        try:
            review.quick_add(request.POST.get("url", ""), actor=viewer)
        except review.NotReady as refused:
            error = forms.in_words(refused.problems["url"])
    if error:
        context = {
            "error": error,
            "value": request.POST.get("url", ""),
            "trap": friction.TRAP,
            "meta": chrome.describe(request, title=_("Send in a link"), robots="noindex"),
        }
        return render(request, "pages/submissions/quick_add.html", context, status=422)
    return HttpResponseRedirect(f"{reverse('submissions')}#quick-adds")


def _suspicion_of_link(request: HttpRequest) -> str:
    if request.POST.get(friction.TRAP):
        return _("One field must stay empty.")
    return "" if limits.take("quick_add", request) else _("That was often. Please wait a while.")


def listing(request: HttpRequest) -> HttpResponse:
    """Show what waits for the editors, whom the reference's address of one leads to the desk."""
    asked = request.GET.get("editSubmission", "")
    if viewer_of(request).has_role(INCIDENT_EDITOR) and ids.is_object_id(asked):
        return HttpResponseRedirect(reverse("review", args=[asked]))
    rows = reviewed.queue()
    place = paging.paginate(total=rows.count(), page=params.page_number(request), size=PAGE_SIZE)
    links = reviewed.quick_adds()
    context = {
        "total": place.total,
        "place": place,
        "rows": [
            row_of(row) for row in rows[(place.page - 1) * PAGE_SIZE : place.page * PAGE_SIZE]
        ],
        "links": links[:PAGE_SIZE],
        "links_total": links.count(),
        "previous_url": params.with_page(request, place.page - 1) if place.has_previous else "",
        "next_url": params.with_page(request, place.page + 1) if place.has_next else "",
        "formats": chrome.feeds("/apps/submitted/"),
        "meta": chrome.describe(
            request,
            title=_("Submitted reports"),
            description=_("Reports that wait for an editor."),
        ),
    }
    return render(request, "pages/submissions/list.html", context)


def row_of(row: Any) -> dict[str, Any]:
    """Return what everybody may see of a submission that waits."""
    return {
        "title": row.title,
        "source": row.source_domain,
        "language": languages.name_of(row.language),
        "submitted": row.date_submitted[:10],
        "submitters": ", ".join(row.payload.get("submitters") or [review_rules.ANONYMOUS]),
        "status": status_of(row.status or rules.PENDING),
    }


def status_of(status: str) -> str:
    """Return what a state of a submission is called."""
    return {
        rules.PENDING: _("Waiting for review"),
        rules.IN_REVIEW: _("In review"),
        rules.PROMOTED: _("Accepted"),
        rules.REJECTED: _("Not accepted"),
    }.get(status, status)


@never_cache
def track(request: HttpRequest, code: str) -> HttpResponse:
    """Show the sender what became of a submission, and let it be changed until it is accepted."""
    object_id = tracking.submission_of(code)
    state = recorded.state_of("submission", object_id) if object_id else None
    if object_id is None or state is None:
        return errors.not_found(request)
    draft = forms.draft_of(state)
    problems: Mapping[str, Problem] = {}
    has_conflict = False
    seen = version_of(state)
    if request.method == "POST":
        draft, seen = forms.draft_from(request.POST), request.POST.get("seen", "")
        actor = review_rules.sender(object_id, viewer_of(request).at)
        try:
            review.revise(object_id, draft, seen=seen, actor=actor)
            return HttpResponseRedirect(f"{request.path}?changed=1")
        except review.NotReady as refused:
            problems = refused.problems
        except (EditConflict, review.AlreadyDone) as refusal:
            has_conflict = True
            state = recorded.state_of("submission", object_id) or state
            if isinstance(refusal, EditConflict):
                seen = refusal.version
                draft = forms.with_taken(draft, forms.draft_of(state), refusal.taken)
    return _tracked(request, state, draft, problems, seen=seen, has_conflict=has_conflict)


def _tracked(
    request: HttpRequest,
    state: Mapping[str, Any],
    draft: Draft,
    problems: Mapping[str, Problem],
    *,
    seen: str,
    has_conflict: bool,
) -> HttpResponse:
    viewer = viewer_of(request)
    promoted = state["payload"].get("promoted") or {}
    refusal = state["payload"].get("refusal") or {}
    cards = incidents.cards(promoted.get("incidents", ()), viewer=viewer)
    report = reports.get(promoted["report"], viewer=viewer) if promoted else None
    context = {
        "status": status_of(state["status"] or rules.PENDING),
        "is_new": "new" in request.GET,
        "is_changed": "changed" in request.GET,
        "has_conflict": has_conflict,
        "has_problems": bool(problems),
        "own_url": chrome.site_url(request) + request.path,
        "title": state["title"],
        "submitted": state["date_submitted"][:10],
        "refusal": forms.refusal_in_words(refusal["code"]) if refusal else "",
        "refusal_reason": refusal.get("reason", ""),
        "report_url": presenting.report_url(report.report_number) if report else "",
        "incidents": [presenting.incident_card(card) for card in cards.values()],
        "may_change": state["status"] != rules.PROMOTED,
        "is_open": bool(problems) or has_conflict or bool(refusal),
        "fields": forms.shown(draft, problems),
        "seen": seen,
        "meta": chrome.describe(request, title=_("Your submission"), robots="noindex"),
    }
    status = 422 if problems else 409 if has_conflict else 200
    return render(request, "pages/submissions/track.html", context, status=status)
