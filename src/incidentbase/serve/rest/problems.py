"""What the API answers when it cannot do what was asked: always a problem document (RFC 9457)."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError

from incidentbase.serve.http.errors import problem
from incidentbase.store.accounts.rules import NotPermitted


class Refused(Exception):
    """What was asked cannot be answered: the status, a title, and a sentence that helps."""

    def __init__(self, status: int, title: str, detail: str, **more: Any) -> None:
        self.status = status
        self.title = title
        self.detail = detail
        self.more = more
        super().__init__(title)


def not_found(what: str) -> Refused:
    """Return the refusal of a record that is not there, or not for this viewer."""
    return Refused(404, "Not found", f"There is no {what}.")


def answer_with_problems(api: NinjaAPI) -> None:
    """Let an API answer every refusal with a problem document."""
    api.add_exception_handler(Refused, _refused)
    api.add_exception_handler(ValidationError, _invalid)
    api.add_exception_handler(HttpError, _unreadable)
    api.add_exception_handler(NotPermitted, _not_permitted)


def _refused(_request: HttpRequest, refusal: Any) -> HttpResponse:
    return problem(refusal.status, refusal.title, refusal.detail, **refusal.more)


def _invalid(_request: HttpRequest, error: Any) -> HttpResponse:
    found = []
    is_body = False
    for one in error.errors:
        where, *names = one["loc"]
        is_body = is_body or where == "body"
        # The name of our own argument tells a client nothing.
        named = names[1:] if len(names) > 1 else names
        found.append({"in": where, "field": ".".join(map(str, named)), "message": one["msg"]})
    if is_body:
        return problem(422, "Unprocessable content", "See `errors`.", errors=found)
    return problem(400, "Unacceptable parameters", "See `errors`.", errors=found)


def _unreadable(_request: HttpRequest, error: Any) -> HttpResponse:
    return problem(error.status_code, "Unreadable request", "The body is not JSON.")


def _not_permitted(_request: HttpRequest, _error: Any) -> HttpResponse:
    return problem(403, "Forbidden", "The account or its token is not for this.")
