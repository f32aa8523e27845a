"""Files for download: whole or in parts, so that what broke off can be gone on with (RFC 9110)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils.http import content_disposition_header

_RANGE = re.compile(r"bytes=(\d*)-(\d*)")
_CHUNK = 256 * 1024


def file_response(
    request: HttpRequest, path: Path, *, etag: str, media_type: str
) -> HttpResponseBase:
    """Return a file, or the one part of it that is asked for.

    `etag` is what changes with the content. Of several parts asked for at once the whole is given,
    as the standard allows. Raises FileNotFoundError.
    """
    size = path.stat().st_size
    quoted = f'"{etag}"'
    response: HttpResponseBase
    part = _part(request, quoted, size)
    if _is_known(request, quoted):
        response = HttpResponse(status=304)
    elif part is None:
        response = StreamingHttpResponse(_read(path, 0, size), content_type=media_type)
        response["Content-Length"] = str(size)
    elif part.start >= part.stop:
        response = HttpResponse(status=416)
        response["Content-Range"] = f"bytes */{size}"
    else:
        content = _read(path, part.start, part.stop)
        response = StreamingHttpResponse(content, status=206, content_type=media_type)
        response["Content-Length"] = str(part.stop - part.start)
        response["Content-Range"] = f"bytes {part.start}-{part.stop - 1}/{size}"
    response["ETag"] = quoted
    response["Accept-Ranges"] = "bytes"
    response["Access-Control-Allow-Origin"] = "*"
    response["Access-Control-Expose-Headers"] = "Accept-Ranges, Content-Range, Content-Length, ETag"
    # Packed once more it would be another file, of which no part could be asked for.
    response["Content-Encoding"] = "identity"
    response["Content-Disposition"] = content_disposition_header(True, path.name) or "attachment"
    return response


def _is_known(request: HttpRequest, etag: str) -> bool:
    known = request.headers.get("If-None-Match", "")
    return etag in (one.strip().removeprefix("W/") for one in known.split(",")) or known == "*"


def _part(request: HttpRequest, etag: str, size: int) -> range | None:
    """Return the bytes asked for, none of them where there are no such; None for the whole."""
    asked = _RANGE.fullmatch(request.headers.get("Range", "").replace(" ", ""))
    if asked is None or request.headers.get("If-Range", etag) != etag:
        return None
    first, last = asked.groups()
    if not first:
        return range(max(0, size - int(last)), size) if last else None
    stop = min(size, int(last) + 1) if last else size
    # What ends before it begins makes no sense, and is passed over.
    return None if last and int(last) < int(first) else range(int(first), stop)


def _read(path: Path, start: int, stop: int) -> Iterator[bytes]:
    with path.open("rb") as file:
        file.seek(start)
        remaining = stop - start
        while remaining > 0 and (chunk := file.read(min(_CHUNK, remaining))):
            remaining -= len(chunk)
            yield chunk
