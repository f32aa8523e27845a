"""Long answers, sent line by line."""

from __future__ import annotations

from collections.abc import Iterable

from django.http import StreamingHttpResponse


def lines_response(filename: str, lines: Iterable[str]) -> StreamingHttpResponse:
    """Return JSON lines for download."""
    response = StreamingHttpResponse(
        (line.encode() for line in lines), content_type="application/jsonl; charset=utf-8"
    )
    response["Content-Disposition"] = f'attachment; filename="{filename}"'
    response["Access-Control-Allow-Origin"] = "*"
    return response


def csv_response(filename: str, lines: Iterable[str]) -> StreamingHttpResponse:
    """Return a table for download; names and texts are UTF-8."""
    response = StreamingHttpResponse(
        (line.encode() for line in lines), content_type="text/csv; charset=utf-8"
    )
    response["Content-Disposition"] = f'attachment; filename="{filename}"'
    response["Access-Control-Allow-Origin"] = "*"
    return response
