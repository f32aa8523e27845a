"""What can go wrong between a program and an instance: one family, to be caught as ClientError."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class ClientError(Exception):
    """The root of the family; the message is one line for people."""


class Unreachable(ClientError):
    """The instance gave no answer: no connection, a broken one, or none in time."""


class RedirectRefused(ClientError):
    """The instance led to another host, or in a circle; nothing was sent there."""


class UnreadableAnswer(ClientError):
    """The answer is not what the API describes, as from a site that is no IncidentBase."""


class DamagedDownload(ClientError):
    """A file arrived with another digest or size than the instance says; it was not kept."""


class MissingLibrary(ClientError, ImportError):
    """A frame was asked for, and its library is not installed; the message says how."""


class NotAsked(ClientError, AttributeError):
    """A member of a record that the answer left out; name it in `fields`, or read the record."""


class Problem(ClientError):
    """The instance refused: what its problem document (RFC 9457) says.

    `errors` has one mapping for each parameter or field that was refused, with `field` and
    `message`; `more` has what else stands in the document.
    """

    def __init__(self, status: int, document: Mapping[str, Any]) -> None:
        told = dict(document)
        self.status = status
        self.type = str(told.pop("type", "about:blank"))
        self.title = str(told.pop("title", f"Status {status}"))
        self.detail = str(told.pop("detail", ""))
        errors = told.pop("errors", ())
        self.errors: tuple[Mapping[str, Any], ...] = tuple(
            one for one in (errors if isinstance(errors, list) else ()) if isinstance(one, dict)
        )
        told.pop("status", None)
        self.more: Mapping[str, Any] = told
        super().__init__(self._line())

    def _line(self) -> str:
        fields = [f"{one.get('field', '')}: {one.get('message', '')}" for one in self.errors]
        said = "; ".join(fields) or self.detail
        return " ".join(f"{self.status} {self.title}{': ' if said else ''}{said}".split())

    def __reduce__(self) -> tuple[Any, ...]:
        """Errors travel between processes."""
        document = {
            **self.more,
            "type": self.type,
            "title": self.title,
            "detail": self.detail,
            "errors": [dict(one) for one in self.errors],
        }
        return type(self), (self.status, document)


class Unacceptable(Problem):
    """400, 415, 422: the parameters or the body make no sense; see `errors`."""


class NotPermitted(Problem):
    """401, 403: the token is not known, or not for this."""


class NotFound(Problem):
    """404: there is nothing there, or nothing that this viewer may see."""


class KnownAlready(Problem):
    """409: the address that was sent in is known; `reports` has the numbers."""

    @property
    def reports(self) -> tuple[int, ...]:
        """The numbers of the reports of this address."""
        found = self.more.get("reports", ())
        return tuple(one for one in found if isinstance(one, int))


class Withdrawn(Problem):
    """410: the record was withdrawn; `detail` says when and why."""


class TooManyRequests(Problem):
    """429: too many requests, also after waiting."""


class Unavailable(Problem):
    """5xx: the instance has a trouble of its own."""


_BY_STATUS: dict[int, type[Problem]] = {
    400: Unacceptable,
    401: NotPermitted,
    403: NotPermitted,
    404: NotFound,
    409: KnownAlready,
    410: Withdrawn,
    415: Unacceptable,
    422: Unacceptable,
    429: TooManyRequests,
}


def problem_of(status: int, document: object) -> Problem:
    """Return the error that stands for an answer; a document of another shape counts as empty."""
    kind = Unavailable if status >= 500 else _BY_STATUS.get(status, Problem)
    return kind(status, document if isinstance(document, dict) else {})
