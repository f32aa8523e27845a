"""Which documents are read: decided by what they declare, then by how they begin."""

from __future__ import annotations

import codecs
import re
from enum import StrEnum


class Kind(StrEnum):
    """A kind of document that can be read."""

    PAGE = "page"
    PDF = "pdf"
    TEXT = "text"


ACCEPT = "text/html,application/xhtml+xml,application/pdf;q=0.9,text/plain;q=0.8,*/*;q=0.1"

# Types that browsers show without running anything; so no SVG.
ACCEPT_IMAGES = "image/webp,image/png,image/jpeg,image/gif"

_PAGES = {"text/html", "application/xhtml+xml"}
_PDFS = {"application/pdf", "application/x-pdf"}
_TEXTS = {"text/plain", "text/markdown", "text/x-markdown"}
_UNTOLD = {"", "application/octet-stream", "binary/octet-stream", "application/force-download"}
_HEAD = 4096
_MARKUP = re.compile(rb"<(?:!doctype\s+html|html|head|body|meta|title|article|main|div|p)\b", re.I)
_IMAGES = {
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
    b"GIF87a": "image/gif",
    b"GIF89a": "image/gif",
}
_WIDE = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)


def declared_type(content_type: str) -> str:
    """Return the type of a Content-Type header without its parameters."""
    return content_type.partition(";")[0].strip().lower()


def may_be_read(content_type: str) -> bool:
    """Return whether a document of this declared type is worth fetching."""
    return declared_type(content_type) in _PAGES | _PDFS | _TEXTS | _UNTOLD


def may_be_image(content_type: str) -> bool:
    """Return whether what is declared so may be one of the images that are shown."""
    declared = declared_type(content_type)
    return declared.startswith("image/") or declared in _UNTOLD


def image_type(data: bytes) -> str | None:
    """Return the type of an image by how it begins, None for what is not shown."""
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    return next((name for head, name in _IMAGES.items() if data.startswith(head)), None)


def kind_of(content_type: str, data: bytes) -> Kind | None:
    """Return how a document is to be read, None for one that is no text at all."""
    head = data[:_HEAD]
    declared = declared_type(content_type)
    if b"%PDF-" in head[:1024]:
        return Kind.PDF
    is_wide = head.startswith(_WIDE) or "utf-16" in content_type.lower()
    if declared in _PDFS or (b"\0" in head and not is_wide):
        return None
    if declared in _PAGES:
        return Kind.PAGE
    if _MARKUP.search(head):
        return Kind.PAGE
    return Kind.TEXT if declared in _TEXTS else None
