"""Answers for programs: JSON that any page on the web may read."""

from __future__ import annotations

from typing import Any

from django.http import JsonResponse


def open_json(data: dict[str, Any]) -> JsonResponse:
    """Return public data as JSON, readable across origins; every script is written as it is."""
    answer = JsonResponse(data, json_dumps_params={"ensure_ascii": False})
    answer["Access-Control-Allow-Origin"] = "*"
    return answer
