"""Submissions: sending a report in, the queue that everybody may see, and what became of one."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from ninja import Query, Router

from incidentbase.serve.http import limits, tracking
from incidentbase.serve.http.answers import site_url
from incidentbase.serve.http.viewing import viewer_of
from incidentbase.serve.rest import cursors, records, schemas
from incidentbase.serve.rest.around import json_answer
from incidentbase.serve.rest.asking import Paging
from incidentbase.serve.rest.problems import Refused, not_found
from incidentbase.serve.rest.reading import Name
from incidentbase.store.accounts.rules import FULL, Viewer, anonymous
from incidentbase.store.incidents import queries as incidents
from incidentbase.store.records import queries as recorded
from incidentbase.store.reports import queries as reports
from incidentbase.store.review import actions as review
from incidentbase.store.review import queries as reviewed
from incidentbase.store.review.rules import Draft, submission_from
from incidentbase.store.submissions import rules
from incidentbase.store.submissions.rules import Problem

router = Router(by_alias=True)

JSON_TYPE = "application/json"
_MESSAGES = {
    rules.MISSING: "It is missing.",
    rules.TOO_SHORT: "It has fewer than {limit} characters.",
    rules.TOO_LONG: "It is longer than {limit}.",
    rules.NOT_A_DATE: "It is not a date like 2020-06-30.",
    rules.IN_FUTURE: "This day is in the future.",
    rules.NOT_AN_ADDRESS: "It is not a web address.",
    rules.NO_SUCH_INCIDENT: "There is no incident {limit}.",
}


@router.get(
    "/submissions",
    response=schemas.SubmissionPage,
    operation_id="listSubmissions",
    summary="List submissions",
    tags=["Submissions"],
)
def list_submissions(request: HttpRequest, ask: Query[Paging]) -> HttpResponseBase:
    """What waits for the editors, the newest first, as everybody may see it."""
    place = cursors.open_in(request, (str, int))
    rows = reviewed.queue()
    if place:
        rows = reviewed.after(rows, *place)
    found = list(rows[: ask.limit + 1])
    cursor = None
    if len(found) > ask.limit:
        found = found[: ask.limit]
        cursor = cursors.seal(request, found[-1].date_submitted, found[-1].pk)
    items = [records.submission(row) for row in found]
    return json_answer(request, {"items": items, "next_cursor": cursor}, next_cursor=cursor)


@router.get(
    "/submissions/{name:code}",
    response=schemas.SubmissionState,
    operation_id="getSubmission",
    summary="Track a submission",
    tags=["Submissions"],
)
def get_submission(request: HttpRequest, code: Name) -> HttpResponseBase:
    """What became of a submission, by the tracking code that sending it in gave."""
    object_id = tracking.submission_of(code)
    state = recorded.state_of("submission", object_id) if object_id else None
    if state is None:
        raise not_found("such submission")
    return json_answer(request, _state(code, state, viewer_of(request), site_url(request)))


@router.post(
    "/submissions",
    response={201: schemas.SubmissionState},
    operation_id="sendSubmission",
    summary="Send in a report",
    tags=["Submissions"],
    url_name="send_submission",
)
def send_submission(request: HttpRequest, body: schemas.NewSubmission) -> HttpResponseBase:
    """Send a report in, with a token or without one, by the rules of the form.

    Cookies do not count: nobody sends anything in from another site in a reader's name.
    """
    if request.content_type != JSON_TYPE:
        # Without this another site could send things in from its readers' addresses.
        raise Refused(415, "Unsupported media type", f"Send {JSON_TYPE}.")
    actor = _sender(request)
    given = body.model_dump(exclude={"anyway"})
    draft = Draft(**{name: _plain(value) for name, value in given.items()})
    problems = _problems(draft, actor)
    known = (
        [] if rules.problems_of_link(draft.url) else reviewed.reports_at(draft.url, viewer=actor)
    )
    if known and not problems and not body.anyway:
        said = "Reports of this address are there already; send `anyway` to send it all the same."
        raise Refused(409, "Known already", said, reports=known)
    if not limits.take("submit", request):
        raise Refused(429, "Too many requests", "That was often. Please wait a while.")
    if problems:
        errors = _in_words(problems)
        raise Refused(422, "Unprocessable content", "See `errors`.", errors=errors)
    object_id = review.submit(draft, actor=actor)
    code = tracking.code_for(object_id)
    state = recorded.state_of("submission", object_id) or {}
    response = HttpResponse(
        json_answer(request, _state(code, state, actor, site_url(request))).content,  # type: ignore[attr-defined]
        status=201,
        content_type=JSON_TYPE,
    )
    response["Location"] = f"{site_url(request)}/api/v1/submissions/{code}"
    return response


def _sender(request: HttpRequest) -> Viewer:
    viewer = viewer_of(request)
    return viewer if viewer.scope != FULL else anonymous(viewer.at)


def _plain(value: Any) -> Any:
    """Return a value as drafts hold it, without what no database takes."""
    if isinstance(value, list):
        return tuple(_plain(one) for one in value)
    return value.replace("\0", "") if isinstance(value, str) else value


def _problems(draft: Draft, viewer: Viewer) -> dict[str, Problem]:
    """Return all that is wrong with a draft, also with incidents that this viewer cannot see."""
    state = submission_from(draft, object_id="", actor=viewer)
    problems = rules.problems(state, today=viewer.at.date())
    shown = incidents.cards(draft.incident_ids, viewer=viewer) if draft.incident_ids else {}
    missing = [number for number in draft.incident_ids if number not in shown]
    if missing:
        problems["incident_ids"] = Problem(rules.NO_SUCH_INCIDENT, missing[0])
    return problems


def _in_words(problems: dict[str, Problem]) -> list[dict[str, Any]]:
    return [
        {
            "in": "body",
            "field": name,
            "code": one.code,
            "message": _MESSAGES[one.code].format(limit=one.limit),
        }
        for name, one in problems.items()
    ]


def _state(code: str, state: Any, viewer: Viewer, base: str) -> dict[str, Any]:
    promoted = state["payload"].get("promoted") or {}
    refusal = state["payload"].get("refusal") or {}
    report = reports.get(promoted["report"], viewer=viewer) if promoted else None
    shown = incidents.cards(promoted.get("incidents", ()), viewer=viewer)
    return {
        "code": code,
        "title": state["title"],
        "status": state["status"] or rules.PENDING,
        "url": f"{base}/apps/submitted/{code}/",
        "refusal": refusal.get("code"),
        "report_number": report.report_number if report else None,
        "incident_ids": sorted(shown),
    }
