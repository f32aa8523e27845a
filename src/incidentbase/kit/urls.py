"""Addresses: what may be linked, what may be redirected to, and when two mean the same page.

Nothing here opens an address. Rules for existing clients follow the reference interface.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from urllib.parse import SplitResult, parse_qsl, quote, urlencode, urlsplit

from text_unidecode import unidecode

ARCHIVE = "https://web.archive.org/web/*/"
DEFAULT_PORTS = {"http": 80, "https": 443, "ftp": 21}

_CONTROL_OR_SPACE = re.compile(r"[\x00-\x20\x7f-\x9f\u2028\u2029]|\s")
_HOST = re.compile(r"[a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_])?\.?|\[[0-9a-f:.]+\]")
_IGNORED_IN_URLS = re.compile(r"[\t\n\r]")
_SPECIAL = re.compile(r"(?:https?|ftp)(?=:)", re.IGNORECASE)

# What stays as it is in a path; existing escapes are left alone, hence `%`.
_PATH_SAFE = "/%!$&'()*+,;=:@-._~[]|\\"

# Signs that stand for words in names.
_SIGNS = {
    "&": "and", "$": "dollar", "%": "percent", "|": "or", "<": "less", ">": "greater",
    "€": "euro", "£": "pound", "¥": "yen", "₹": "indian rupee", "₽": "russian ruble",
    "™": "tm", "℠": "sm", "®": "(r)", "©": "(c)", "∞": "infinity", "♥": "love",
    "’": "'", "‘": "'", "“": '"', "”": '"', "…": "...", "•": "*", "º": "o", "ª": "a",
}  # fmt: skip
# Latin, Greek, Cyrillic, Armenian, Arabic, Georgian. Others have no letter-by-letter reading that
# is right in every language (the same ideographs are read differently), so they are left out.
_TRANSLITERATED = re.compile("[\u00c0-\u024f\u0370-\u058f\u0600-\u06ff\u10a0-\u10ff\u1e00-\u1fff]")
# Parameters by which publishers and networks follow readers; none changes the page.
_TRACKING = re.compile(
    r"utm_|(?:fbclid|gclid|dclid|gbraid|wbraid|msclkid|mc_[ce]id|igshid|yclid|ref|ref_src|ref_url|"
    r"cmpid|ito|smid|sref|guccounter|guce_\w+|taid|xtor|at_\w+|ocid)$",
    re.IGNORECASE,
)
_DROPPED_FROM_SLUGS = re.compile(r"[^a-zA-Z0-9_\s$*+~.()'\"!:@]+")


LONGEST_SLUG = 255


def entity_slug(name: str) -> str:
    """Return the public id of an entity of this name, as the reference would choose it.

    Names that leave nothing, or more than an id may hold, get one made of their digest, so that
    every name has one.
    """
    letters = "".join(map(_slug_part, unicodedata.normalize("NFC", name)))
    slug = "-".join(letters.lower().split())
    if any(character.isalnum() for character in slug) and len(slug) <= LONGEST_SLUG:
        return slug
    return "entity-" + hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:12]


def _slug_part(character: str) -> str:
    if character == "-":
        return " "
    if character in _SIGNS:
        return _SIGNS[character]
    if _TRANSLITERATED.match(character):
        character = unidecode(character)
    return _DROPPED_FROM_SLUGS.sub("", character)


def source_domain(url: str) -> str:
    """Return the host of an address without `www.` or `m.` before it, "" when there is none."""
    parts = _split(url)
    domain = _host(parts).rstrip(".") if parts else ""
    for prefix in ("www.", "m."):
        if domain.startswith(prefix) and "." in domain.removeprefix(prefix):
            domain = domain.removeprefix(prefix)
    return domain


def archive_url(url: str) -> str:
    """Return where the Internet Archive lists its copies of a page."""
    return ARCHIVE + quote(url.partition("#")[0], safe="/%!$&'()*+,;=:@-._~?[]")


def is_web_url(url: str) -> bool:
    """Return whether an address may be shown as a link: http or https, a host, no credentials."""
    if _CONTROL_OR_SPACE.search(url) or "\\" in url:
        return False
    parts = _split(url)
    return (
        parts is not None
        and parts.scheme in ("http", "https")
        and "@" not in parts.netloc
        and bool(_host(parts))
    )


def match_key(url: str) -> str:
    """Return host and path, by which two addresses are the same page; "" if it cannot be parsed.

    Follows the WHATWG URL standard: the host is lower-cased and punycoded, the port is kept unless
    it is the default, dot segments are resolved. Scheme, query and fragment do not count.
    https://url.spec.whatwg.org/#concept-basic-url-parser
    """
    cleaned = _IGNORED_IN_URLS.sub("", url.strip("".join(map(chr, range(33)))))
    before_query, query_mark, query = _cut_at_query(cleaned)
    if _SPECIAL.match(cleaned):
        before_query = before_query.replace("\\", "/")
    parts = _split(before_query + query_mark + query)
    host = _host(parts) if parts else ""
    if parts is None or not host or not parts.scheme:
        return ""
    if parts.port is not None and parts.port != DEFAULT_PORTS.get(parts.scheme):
        host = f"{host}:{parts.port}"
    return host + _path(parts.path)


def lookup_key(name: str) -> str:
    """Return the key of a name in the lookup index, as browsers compute it too.

    It is like 32-bit FNV-1a over UTF-16, but multiplied in double precision, twice in base 36.
    """
    key = 0x811C9DC5
    units = name.encode("utf-16-le", "surrogatepass")
    for at in range(0, len(units), 2):
        key ^= int.from_bytes(units[at : at + 2], "little")
        signed = key - 2**32 if key >= 2**31 else key
        key = int(float(signed) * 16777619.0) % 2**32
    return _in_base_36(key) * 2


def _in_base_36(number: int) -> str:
    digits = ""
    while number:
        number, digit = divmod(number, 36)
        digits = "0123456789abcdefghijklmnopqrstuvwxyz"[digit] + digits
    return digits or "0"


def page_key(url: str) -> str:
    """Return source, path, and the part of the query that tells pages apart, in order.

    Left out is what only says where a reader came from; "" if the address cannot be parsed.
    """
    _host_and_port, slash, path = match_key(url).partition("/")
    key = source_domain(url) + slash + path
    _before, _mark, rest = _cut_at_query(url)
    query = rest.partition("#")[0] if _mark == "?" else ""
    kept = sorted(
        (name, value)
        for name, value in parse_qsl(query, keep_blank_values=True)
        if not _TRACKING.match(name)
    )
    bare = key.rstrip("/") or key
    return f"{bare}?{urlencode(kept)}" if key and kept else bare


def _cut_at_query(url: str) -> tuple[str, str, str]:
    place = re.search(r"[?#]", url)
    if place is None:
        return url, "", ""
    return url[: place.start()], url[place.start()], url[place.end() :]


def _path(path: str) -> str:
    segments: list[str] = []
    given = (path or "/").split("/")[1:]
    for index, segment in enumerate(given):
        plain = re.sub("%2e", ".", segment, flags=re.IGNORECASE)
        is_last = index == len(given) - 1
        if plain == "..":
            segments = segments[:-1]
        if plain not in (".", ".."):
            segments.append(quote(segment, safe=_PATH_SAFE))
        elif is_last:
            segments.append("")
    return "/" + "/".join(segments)


def _split(url: str) -> SplitResult | None:
    """Return the parts of an address, None when it is none."""
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018 (reading it is what checks it)
    except ValueError:
        return None
    return parts


def _host(parts: SplitResult) -> str:
    """Return the host in lower case and punycode, "" when it is missing or not valid."""
    host = (parts.hostname or "").lower()
    if not host.isascii():
        try:
            host = host.encode("idna").decode("ascii")
        except UnicodeError:
            return ""
    if ":" in host:
        host = f"[{host}]"
    return host if _HOST.fullmatch(host) else ""


def safe_path(target: str, default: str) -> str:
    """Return the address to redirect to if it is a path of this site, else the default.

    Browsers read `\\` as `/` and skip tabs, so anything that could become `//host` is refused.
    """
    if not target.startswith("/") or target.startswith("//"):
        return default
    if "\\" in target or _CONTROL_OR_SPACE.search(target):
        return default
    return target
