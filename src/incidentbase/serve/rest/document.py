"""The OpenAPI document: what every operation has in common is added to what each says of itself."""

from __future__ import annotations

import json
import re
from typing import Any

ABOUT = (
    "Reads are open to everybody. Programs that act for an account send its token as "
    '`Authorization: Bearer ib_…`. Lists come in pages: follow `Link: rel="next"`, or send '
    "`next_cursor` as `cursor`. Errors are problem documents (RFC 9457)."
)

_HEADERS = {
    "ETag": "Names this very answer; send it back as `If-None-Match` to get 304.",
    "Link": "Addresses of the `next` and the `first` page (RFC 8288).",
    "RateLimit": "What is left of the limit, and in how many seconds it is whole again.",
    "RateLimit-Policy": "The limit, and the seconds that it is for.",
}
_REFUSALS = {
    400: "A parameter makes no sense.",
    401: "The token is not known, was revoked, or has expired.",
    403: "The token is not for this.",
    404: "There is nothing here, or nothing that this viewer may see.",
    409: "The address is known already; see `reports`. Send `anyway` to send it all the same.",
    410: "It was withdrawn; `detail` says when and why.",
    415: "The body is not JSON.",
    422: "The body makes no sense; see `errors`.",
    429: "Too many requests; see `Retry-After`.",
}
_REFERENCE = re.compile(r"#/components/schemas/([^\"]+)")
# Of every operation; the rest only of some.
_ALWAYS = (400, 401, 429)

Document = dict[str, Any]


def finished(raw: Document) -> Document:
    """Return a document as plain JSON with the answers that every operation shares."""
    found: Document = json.loads(json.dumps(raw))
    parts = found["components"]
    parts["headers"] = {
        name: {"description": about, "schema": {"type": "string"}}
        for name, about in _HEADERS.items()
    }
    parts["responses"] = {f"Refusal{status}": _refusal(status) for status in _REFUSALS}
    parts["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
    parts["schemas"]["Problem"] = _PROBLEM
    found["security"] = [{}, {"token": []}]
    found.pop("servers", None)
    for address, operations in found["paths"].items():
        for method, operation in operations.items():
            _complete(operation, address, method)
    parts["schemas"] = _used(found)
    return found


def _used(found: Document) -> Document:
    """Return the schemas that something refers to: those of parameters stand there in full."""
    schemas: Document = found["components"]["schemas"]
    elsewhere = {**found, "components": {**found["components"], "schemas": {}}}
    waiting = set(_REFERENCE.findall(json.dumps(elsewhere)))
    used: set[str] = set()
    while waiting - used:
        used |= waiting
        waiting = set(_REFERENCE.findall(json.dumps([schemas[name] for name in sorted(used)])))
    return {name: schemas[name] for name in sorted(used)}


def _complete(operation: Document, address: str, method: str) -> None:
    answers = operation["responses"]
    for status in ("200", "201"):
        if status in answers:
            wanted = [name for name in _HEADERS if method == "get" or name.startswith("RateLimit")]
            answers[status]["headers"] = {
                name: {"$ref": f"#/components/headers/{name}"} for name in wanted
            }
    more = list(_ALWAYS)
    if "{" in address:
        more.append(404)
    if method == "get":
        answers["304"] = {"description": "It is as the client has it."}
    else:
        more += [403, 409, 415, 422]
    if address.endswith(("{incident_id}", "{report_number}")):
        more.append(410)
    if address.endswith(("{incident_id}", "{entity_id}")):
        answers["301"] = {"description": "It is part of another record now; see `Location`."}
    for code in sorted(more):
        answers[str(code)] = {"$ref": f"#/components/responses/Refusal{code}"}


def _refusal(status: int) -> Document:
    schema = {"$ref": "#/components/schemas/Problem"}
    return {
        "description": _REFUSALS[status],
        "content": {"application/problem+json": {"schema": schema}},
    }


_PROBLEM: Document = {
    "title": "Problem",
    "description": "A problem document (RFC 9457).",
    "type": "object",
    "required": ["type", "title", "status"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "errors": {"type": "array", "items": {"type": "object"}},
    },
}
