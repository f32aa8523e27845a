"""The reference of the API as a page: the OpenAPI document, laid out by the server alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _

from incidentbase.kit import html
from incidentbase.serve.web import chrome

# The document is written in English, whatever the language of the page.
DOCUMENT_LANGUAGE = "en"


def page(request: HttpRequest, read_document: Callable[[], dict[str, Any]]) -> HttpResponse:
    """Show every operation of the document, section by section."""
    document = read_document()
    sections: dict[str, list[dict[str, Any]]] = {}
    for tag, operation in _operations(document):
        sections.setdefault(tag, []).append(operation)
    context = {
        "about": _html(document["info"]["description"]),
        "sections": [{"title": tag, "operations": found} for tag, found in sections.items()],
        "base": chrome.site_url(request),
        "language": DOCUMENT_LANGUAGE,
        "formats": [chrome.Format("OpenAPI", reverse("api-openapi"), "application/json")],
        "meta": chrome.describe(
            request,
            title=_("API"),
            description=_("How programs read this database, and send reports in."),
        ),
    }
    return render(request, "pages/api/reference.html", context)


def _html(markdown: str) -> str:
    return mark_safe(html.markdown_to_html(markdown))  # noqa: S308 (made by the sanitizer)


def _operations(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for address, operations in document["paths"].items():
        for method, operation in operations.items():
            tag = operation.get("tags", [""])[0]
            yield (
                tag,
                {
                    "id": operation["operationId"],
                    "method": method.upper(),
                    "address": address,
                    "summary": operation["summary"],
                    "description": _html(operation.get("description", "")),
                    "parameters": [_parameter(one) for one in operation["parameters"]],
                    "takes_body": "requestBody" in operation,
                    "answers": [_answer(document, *pair) for pair in _sorted(operation)],
                },
            )


def _sorted(operation: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    return sorted(operation["responses"].items())


def _parameter(parameter: dict[str, Any]) -> dict[str, Any]:
    schema = parameter["schema"]
    choices = schema.get("enum")
    kinds = [one.get("type", "") for one in schema.get("anyOf", [schema])]
    return {
        "name": parameter["name"],
        "is_needed": parameter["required"],
        "kind": " | ".join(choices or [kind for kind in kinds if kind != "null"]),
        "description": _html(parameter.get("description", "")),
    }


def _answer(document: dict[str, Any], status: str, answer: dict[str, Any]) -> dict[str, str]:
    if "$ref" in answer:
        answer = document["components"]["responses"][answer["$ref"].rsplit("/", 1)[-1]]
    return {"status": status, "description": _html(answer["description"])}
