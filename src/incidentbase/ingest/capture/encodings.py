"""Bytes to text: as declared, as browsers understand the declaration, or as guessed."""

from __future__ import annotations

import codecs
import re

_META = re.compile(rb"""charset\s*=\s*["']?\s*([a-zA-Z0-9_:.-]{2,40})""", re.I)
_HEADER = re.compile(r"""charset\s*=\s*["']?\s*([a-zA-Z0-9_:.-]{2,40})""", re.I)
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# What pages call themselves, and the larger set that browsers read it as.
# https://encoding.spec.whatwg.org/#names-and-labels
_READ_AS = {
    "ascii": "cp1252",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "iso8859-11": "cp874",
    "tis-620": "cp874",
    "shift_jis": "cp932",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "euc_kr": "cp949",
    "big5": "big5hkscs",
}
_LABELS = {
    "x-sjis": "cp932",
    "windows-31j": "cp932",
    "ks_c_5601-1987": "cp949",
    "x-gbk": "gb18030",
    "x-euc-jp": "euc_jp",
    "x-mac-cyrillic": "mac-cyrillic",
    "unicode": "utf-16-le",
}
# Python knows codecs that are no character sets of pages, some of them slow.
_KNOWN = re.compile(
    r"utf-8|utf-16(-le|-be)?|cp(874|932|949|950|866|125\d)|iso8859-\d+|iso2022_jp|koi8-[ru]"
    r"|euc_(jp|kr)|gb18030|gbk|gb2312|big5(hkscs)?|shift_jis|ascii|tis-620|mac-(roman|cyrillic)"
)
_HEAD = 4096
_GUESSED_FROM = 200_000
_MOST_DAMAGE = 1 / 500


def decode(data: bytes, content_type: str) -> tuple[str, bool]:
    """Return the text of a document, and whether its character set had to be guessed."""
    for mark, name in _BOMS:
        if data.startswith(mark):
            return data.decode(name, "replace"), False
    declared = _declared(data, content_type)
    for name in (declared, "utf-8"):
        text = _strict(data, name)
        if text is not None:
            return text, False
    if declared:
        text = data.decode(declared, "replace")
        if text.count("\ufffd") <= len(text) * _MOST_DAMAGE:
            return text, False
    return _guessed(data), True


def _declared(data: bytes, content_type: str) -> str:
    """Return the codec that the header, or else the document itself, names; "" for none."""
    in_header = _HEADER.search(content_type)
    in_page = _META.search(data[:_HEAD])
    labels = [in_header[1] if in_header else "", in_page[1].decode("ascii") if in_page else ""]
    return next(filter(None, map(_codec, labels)), "")


def _codec(label: str) -> str:
    try:
        name = codecs.lookup(_LABELS.get(label.lower(), label)).name
    except (LookupError, ValueError):
        return ""
    name = _READ_AS.get(name, name)
    return name if _KNOWN.fullmatch(name) else ""


def _strict(data: bytes, name: str) -> str | None:
    if not name:
        return None
    try:
        return data.decode(name)
    except UnicodeError:
        return None


def _guessed(data: bytes) -> str:
    from charset_normalizer import from_bytes  # noqa: PLC0415 (few pages need it)

    best = from_bytes(data[:_GUESSED_FROM]).best()
    return data.decode(best.encoding if best else "cp1252", "replace")
