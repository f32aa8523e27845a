"""Problem documents: the one shape of every error for programs (RFC 9457)."""

from __future__ import annotations

from django.http import JsonResponse

PROBLEM_TYPE = "application/problem+json"


def problem(status: int, title: str, detail: str = "", **more: object) -> JsonResponse:
    """Return a problem document as RFC 9457 describes it; `more` are members of our own."""
    body: dict[str, object] = {"type": "about:blank", "title": title, "status": status}
    if detail:
        body["detail"] = detail
    body |= more
    answer = JsonResponse(body, status=status, content_type=PROBLEM_TYPE)
    # As readable from other sites as the answers whose place it takes.
    answer["Access-Control-Allow-Origin"] = "*"
    return answer
