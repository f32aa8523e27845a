"""Answers for programs: JSON that any page on the web may read."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest, JsonResponse


def open_json(data: dict[str, Any]) -> JsonResponse:
    """Return public data as JSON, readable across origins; every script is written as it is."""
    answer = JsonResponse(data, json_dumps_params={"ensure_ascii": False})
    answer["Access-Control-Allow-Origin"] = "*"
    return answer


def site_url(request: HttpRequest) -> str:
    """Return scheme and host of this site, without a slash at the end."""
    return settings.SITE_URL or request.build_absolute_uri("/").rstrip("/")
