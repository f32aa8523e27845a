"""The address of the GraphQL API: what it takes, and errors in the shapes that clients know."""

from __future__ import annotations

import json
import logging
import re
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt
from graphql import (
    DocumentNode,
    ExecutionResult,
    GraphQLError,
    OperationDefinitionNode,
    OperationType,
    execute_sync,
    parse,
    validate,
)

from incidentbase.serve.graphql import limits
from incidentbase.serve.graphql.filters import Asking
from incidentbase.serve.graphql.schema import executable
from incidentbase.serve.graphql.whole import Executor
from incidentbase.serve.http import limits as uses
from incidentbase.serve.http.viewing import viewer_of
from incidentbase.store.accounts.rules import NotPermitted

JSON = "application/json; charset=utf-8"
_PROOFS = ("apollo-require-preflight", "x-apollo-operation-name")
# As the library says it, for what clients of the reference know in other words.
_NOT_PROVIDED = re.compile(
    r"Variable '\$(\w+)' has invalid value: "
    r"Expected a value of non-null type '([^']+)' to be provided\."
)
_HINT = " Lists take `filter`, `sort` and `pagination`."

log = logging.getLogger(__name__)


class _Unreadable(Exception):
    """A request that is no GraphQL request; the message says why."""


@csrf_exempt
def answer(request: HttpRequest) -> HttpResponse:
    """Return the answer to one operation, which comes as JSON or in the address.

    Forms of other sites cannot send what this takes, so that it needs no token of a form.
    """
    if request.method not in ("GET", "HEAD", "POST"):
        response = _failed(405, "BAD_REQUEST", "This address takes POST.")
        response["Allow"] = "GET, HEAD, POST"
        return response
    if request.method != "POST" and not _is_proven(request) and _is_looking(request):
        told = request.META["QUERY_STRING"]
        return HttpResponseRedirect(f"{reverse('graphql-explorer')}{'?' if told else ''}{told}")
    try:
        asked = _posted(request) if request.method == "POST" else _in_address(request)
    except _Unreadable as error:
        return _failed(400, "BAD_REQUEST", str(error))
    return _counted(request, asked, may_write=request.method == "POST")


def explored(request: HttpRequest, query: str, variables: str) -> dict[str, Any]:
    """Return the answer to what somebody typed into a page, which only reads."""
    try:
        asked = _checked({"query": query, "variables": _variables(variables)})
    except _Unreadable as error:
        return _error("BAD_REQUEST", str(error))
    found: dict[str, Any] = json.loads(_counted(request, asked, may_write=False).content)
    return found


def _counted(request: HttpRequest, asked: dict[str, Any], *, may_write: bool) -> HttpResponse:
    viewer = viewer_of(request)
    use = uses.use("api", request, at=viewer.at, who=viewer.account_id)
    if use.is_spent:
        response = _failed(429, "TOO_MANY_REQUESTS", "Please ask less often; see Retry-After.")
        response["Retry-After"] = str(use.resets_in)
        return response
    asking = Asking(viewer, limits.Budget(), settings.OPEN_QUEUE, request)
    return _executed(asked, asking, may_write=may_write)


def _is_looking(request: HttpRequest) -> bool:
    """Return whether somebody looks at the address with a browser; programs take anything."""
    return "text/html" in request.headers.get("accept", "")


def _is_proven(request: HttpRequest) -> bool:
    """Return whether a page of another site could not have made a browser ask this."""
    return request.content_type == "application/json" or any(
        name in request.headers for name in _PROOFS
    )


def _posted(request: HttpRequest) -> dict[str, Any]:
    if request.content_type != "application/json":
        raise _Unreadable("Send JSON with the content type application/json.")
    if len(request.body) > limits.BYTES:
        raise _Unreadable(f"A request has at most {limits.BYTES} bytes.")
    try:
        asked = json.loads(request.body)
    except (ValueError, RecursionError) as error:
        raise _Unreadable("The body is not JSON.") from error
    if isinstance(asked, list):
        raise _Unreadable("Operation batching disabled.")
    return _checked(asked)


def _in_address(request: HttpRequest) -> dict[str, Any]:
    if not _is_proven(request):
        raise _Unreadable(
            "This operation has been blocked as a potential Cross-Site Request Forgery (CSRF): "
            f"send it by POST as JSON, or with one of the headers {', '.join(_PROOFS)}."
        )
    return _checked(
        {
            "query": request.GET.get("query"),
            "variables": _variables(request.GET.get("variables", "")),
            "operationName": request.GET.get("operationName"),
        }
    )


def _variables(written: str) -> Any:
    try:
        return json.loads(written or "null")
    except (ValueError, RecursionError) as error:
        raise _Unreadable("`variables` is not JSON.") from error


def _checked(asked: Any) -> dict[str, Any]:
    if not isinstance(asked, dict) or not isinstance(asked.get("query"), str):
        raise _Unreadable("GraphQL operations must contain a non-empty `query`.")
    if not isinstance(asked.get("variables") or {}, dict):
        raise _Unreadable("`variables` must be an object.")
    if not isinstance(asked.get("operationName") or "", str):
        raise _Unreadable("`operationName` must be a string.")
    return asked


def _executed(asked: dict[str, Any], asking: Asking, *, may_write: bool) -> HttpResponse:
    schema = executable()
    try:
        document = parse(asked["query"], max_tokens=limits.TOKENS)
    except GraphQLError as error:
        return _refused("GRAPHQL_PARSE_FAILED", [error])
    except RecursionError:
        return _failed(400, "GRAPHQL_PARSE_FAILED", "Syntax Error: nested too deeply.")
    try:
        if errors := validate(schema, document, max_errors=10):
            return _refused("GRAPHQL_VALIDATION_FAILED", errors)
        limits.check(document)
        if not may_write and _writes(document):
            return _failed(405, "BAD_REQUEST", "Mutations are sent by POST.")
    except (limits.TooMuch, RecursionError) as error:
        return _failed(400, "GRAPHQL_VALIDATION_FAILED", str(error))
    result = execute_sync(
        schema,
        document,
        context_value=asking,
        variable_values=asked.get("variables") or {},
        operation_name=asked.get("operationName") or None,
        executor_class=Executor,
    )
    if result.data is None and result.errors and not any(one.path for one in result.errors):
        return _refused("BAD_USER_INPUT", result.errors)
    return _answered(result)


def _writes(document: DocumentNode) -> bool:
    return any(
        isinstance(one, OperationDefinitionNode) and one.operation is not OperationType.QUERY
        for one in document.definitions
    )


def _answered(result: ExecutionResult) -> HttpResponse:
    body: dict[str, Any] = {"data": result.data}
    if result.errors:
        body["errors"] = [_shape(one, "INTERNAL_SERVER_ERROR") for one in result.errors]
    return _json(body, 200)


def _refused(code: str, errors: list[GraphQLError]) -> HttpResponse:
    shapes = [_shape(one, code) for one in errors]
    for shape in shapes:
        if shape["message"].startswith("Unknown argument"):
            shape["message"] += _HINT
        if found := _NOT_PROVIDED.fullmatch(shape["message"]):
            name, kind = found.groups()
            shape["message"] = f'Variable "${name}" of required type "{kind}" was not provided.'
    return _json({"errors": shapes}, 400)


def _failed(status: int, code: str, message: str) -> HttpResponse:
    return _json(_error(code, message), status)


def _error(code: str, message: str) -> dict[str, Any]:
    return {"errors": [{"message": message, "extensions": {"code": code}}]}


def _shape(error: GraphQLError, code: str) -> dict[str, Any]:
    shape: dict[str, Any] = {"message": _message(error)}
    if error.locations:
        shape["locations"] = [one.formatted for one in error.locations]
    if error.path:
        shape["path"] = error.path
    return {**shape, "extensions": {"code": code}}


def _message(error: GraphQLError) -> str:
    cause = error.original_error
    if cause is None or isinstance(cause, GraphQLError | limits.TooMuch | limits.Unanswerable):
        return error.message
    if isinstance(cause, NotPermitted):
        return "not authorized"
    log.error("A field could not be answered", exc_info=cause)
    return "Internal server error"


def _json(body: dict[str, Any], status: int) -> HttpResponse:
    written = json.dumps(body, ensure_ascii=False, check_circular=False).encode(errors="replace")
    return HttpResponse(written, status=status, content_type=JSON)
